/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where QEMU enters a kernel with a PVH note: 32-bit protected mode, flat
 * segments, no paging, interrupts off.
 */
#define XEN_ELFNOTE_PHYS32_ENTRY 18

	.section .note.pvh, "a"
	.align 4
	.long 4
	.long 4
	.long XEN_ELFNOTE_PHYS32_ENTRY
	.asciz "Xen"
	.long entry

	.text
	.globl entry
entry:
	movl $stack_top, %esp
	xorl %ebp, %ebp
	cld
	call guest_main
halt:
	cli
	hlt
	jmp halt

	.bss
	.align 16
	.skip 16384
stack_top:

	.section .note.GNU-stack, "", @progbits
