# SPDX-License-Identifier: GPL-2.0-only
#
# What a driver is built against: the patched VFIO core in PINSCOPE_VFIO, or the
# core of the kernel. For the Kbuild of modules that call it.

ifdef PINSCOPE_VFIO
# Before the include path of the kernel, so that its headers win
NOSTDINC_FLAGS += -I$(PINSCOPE_VFIO)/include -I$(PINSCOPE_VFIO)/include/uapi
KBUILD_EXTRA_SYMBOLS += $(PINSCOPE_VFIO)/drivers/vfio/Module.symvers
vfio-header := $(PINSCOPE_VFIO)/include/linux/vfio.h
else
vfio-header := $(srctree)/include/linux/vfio.h
endif

# In a declaration: comments name what comes later, too
have-vfio = $(if $(shell grep -w '^[^*]*$(1)' $(vfio-header)),-D$(2))

ccflags-y += $(call have-vfio,vfio_register_iommu_backed_dev,HAVE_VFIO_REGISTER_IOMMU_BACKED_DEV)
ccflags-y += $(call have-vfio,vfio_register_dirty_client,HAVE_VFIO_REGISTER_DIRTY_CLIENT)
ccflags-y += $(call have-vfio,vfio_dirty_opt_out,HAVE_VFIO_DIRTY_OPT_OUT)
ccflags-y += $(call have-vfio,[*]sync,HAVE_VFIO_DIRTY_SYNC)
