/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the sources under test are built with in the instrumented variant. The
 * script "prepare" puts an #include of this after those of each file.
 *
 * Calls that can fail are replaced by macros of the same name. Each such call is
 * a site: when the task at work has armed it, it fails instead of being made.
 * What is allocated is noted until it is freed, by whichever module.
 */
#ifndef PINSCOPE_INSTRUMENT_H
#define PINSCOPE_INSTRUMENT_H

#include <linux/anon_inodes.h>
#include <linux/bitmap.h>
#include <linux/cdev.h>
#include <linux/configfs.h>
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/gfp.h>
#include <linux/idr.h>
#include <linux/iommu.h>
#include <linux/irqdomain.h>
#include <linux/kobject.h>
#include <linux/maple_tree.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/sched/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sprintf.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "site.h"

/* Mutant @n is the one that is switched on, see tests/mutants */
static inline bool pinscope_mutant(int n)
{
	return unlikely(READ_ONCE(pinscope_mutant_on) == n);
}

#define PINSCOPE_SITE(name, nr_ways, err)				\
({									\
	static struct pinscope_site pinscope_site = {			\
		.file = __FILE__, .function = __func__, .call = #name,	\
		.line = __LINE__, .ways = (nr_ways), .error = (err),	\
	};								\
	&pinscope_site;							\
})

/* Calls that return an errno */
#define PINSCOPE_INT(name, err, ...)					\
	(pinscope_fault(PINSCOPE_SITE(name, 1, err)) ? -(err) :		\
						       name(__VA_ARGS__))

/* Calls that return an error pointer */
#define PINSCOPE_PTR(name, err, ...)					\
	(pinscope_fault(PINSCOPE_SITE(name, 1, err)) ? ERR_PTR(-(err)) : \
						       name(__VA_ARGS__))

/* Calls that return NULL */
#define PINSCOPE_NULL(name, ...)					\
	(pinscope_fault(PINSCOPE_SITE(name, 1, ENOMEM)) ? NULL :	\
							  name(__VA_ARGS__))

/* The same for memory that kfree() and its like return */
#define PINSCOPE_NEW(name, ...)						\
({									\
	struct pinscope_site *site_ = PINSCOPE_SITE(name, 1, ENOMEM);	\
									\
	pinscope_fault(site_) ? NULL :					\
		pinscope_made(site_, pinscope_##name(__VA_ARGS__));	\
})

#define PINSCOPE_NEW_PAGE(name, gfp)					\
({									\
	struct page *page_ = PINSCOPE_NEW(name, gfp);			\
									\
	page_ ? (unsigned long)page_address(page_) : 0;			\
})

#define PINSCOPE_FREE(name, p, ...)					\
({									\
	typeof(p) p_ = (p);						\
									\
	pinscope_gone((const void *)p_);				\
	name(p_, ##__VA_ARGS__);					\
})

/* Some of these are macros, and could not be called by a macro of that name */
static inline void *pinscope_kmalloc(size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp);
}

static inline void *pinscope_kzalloc(size_t size, gfp_t gfp)
{
	return kzalloc(size, gfp);
}

static inline void *pinscope_kcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kcalloc(n, size, gfp);
}

static inline void *pinscope_kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	return kmalloc_array(n, size, gfp);
}

static inline void *pinscope_kvmalloc(size_t size, gfp_t gfp)
{
	return kvmalloc(size, gfp);
}

static inline void *pinscope_kvzalloc(size_t size, gfp_t gfp)
{
	return kvzalloc(size, gfp);
}

static inline void *pinscope_kvcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kvcalloc(n, size, gfp);
}

static inline void *pinscope_krealloc(const void *p, size_t size, gfp_t gfp)
{
	void *new = krealloc(p, size, gfp);

	if (new)
		pinscope_gone(p);
	return new;
}

static inline void *pinscope_kmemdup(const void *p, size_t size, gfp_t gfp)
{
	return kmemdup(p, size, gfp);
}

/* Pages are noted as such: they are got and freed by their address, too */
static inline struct page *pinscope___get_free_page(gfp_t gfp)
{
	unsigned long address = __get_free_page(gfp);

	return address ? virt_to_page((void *)address) : NULL;
}

static inline struct page *pinscope_get_zeroed_page(gfp_t gfp)
{
	return pinscope___get_free_page(gfp | __GFP_ZERO);
}

static inline struct page *pinscope_alloc_pages(gfp_t gfp, unsigned int order)
{
	return alloc_pages(gfp, order);
}

#define pinscope_bitmap_zalloc(...) bitmap_zalloc(__VA_ARGS__)
#define pinscope_kasprintf(...) kasprintf(__VA_ARGS__)
#define pinscope_kstrdup(...) kstrdup(__VA_ARGS__)
#define pinscope_kstrndup(...) kstrndup(__VA_ARGS__)

#undef kmalloc
#define kmalloc(...) PINSCOPE_NEW(kmalloc, __VA_ARGS__)
#undef kzalloc
#define kzalloc(...) PINSCOPE_NEW(kzalloc, __VA_ARGS__)
#undef kcalloc
#define kcalloc(...) PINSCOPE_NEW(kcalloc, __VA_ARGS__)
#undef kmalloc_array
#define kmalloc_array(...) PINSCOPE_NEW(kmalloc_array, __VA_ARGS__)
#undef kvmalloc
#define kvmalloc(...) PINSCOPE_NEW(kvmalloc, __VA_ARGS__)
#undef kvzalloc
#define kvzalloc(...) PINSCOPE_NEW(kvzalloc, __VA_ARGS__)
#undef kvcalloc
#define kvcalloc(...) PINSCOPE_NEW(kvcalloc, __VA_ARGS__)
#undef krealloc
#define krealloc(...) PINSCOPE_NEW(krealloc, __VA_ARGS__)
#undef kmemdup
#define kmemdup(...) PINSCOPE_NEW(kmemdup, __VA_ARGS__)
#define kstrdup(...) PINSCOPE_NEW(kstrdup, __VA_ARGS__)
#define kstrndup(...) PINSCOPE_NEW(kstrndup, __VA_ARGS__)
#define kasprintf(...) PINSCOPE_NEW(kasprintf, __VA_ARGS__)
#define bitmap_zalloc(...) PINSCOPE_NEW(bitmap_zalloc, __VA_ARGS__)
#undef __get_free_page
#define __get_free_page(gfp) PINSCOPE_NEW_PAGE(__get_free_page, gfp)
#undef get_zeroed_page
#define get_zeroed_page(gfp) PINSCOPE_NEW_PAGE(get_zeroed_page, gfp)
#undef alloc_pages
#define alloc_pages(...) PINSCOPE_NEW(alloc_pages, __VA_ARGS__)

#define kfree(p) PINSCOPE_FREE(kfree, p)
#define kvfree(p) PINSCOPE_FREE(kvfree, p)
#define bitmap_free(p) PINSCOPE_FREE(bitmap_free, p)
#undef free_page
#define free_page(p) __free_pages(virt_to_page((void *)(p)), 0)
#define __free_pages(...) PINSCOPE_FREE(__free_pages, __VA_ARGS__)

/* Returned by others than the caller, or never */
#define devm_kzalloc(...) PINSCOPE_NULL(devm_kzalloc, __VA_ARGS__)
#define kset_create_and_add(...) PINSCOPE_NULL(kset_create_and_add, __VA_ARGS__)
#define kobject_create_and_add(...) \
	PINSCOPE_NULL(kobject_create_and_add, __VA_ARGS__)
#define platform_device_alloc(...) \
	PINSCOPE_NULL(platform_device_alloc, __VA_ARGS__)
#define class_compat_register(...) \
	PINSCOPE_NULL(class_compat_register, __VA_ARGS__)

static inline void *pinscope_kmem_cache_zalloc(struct kmem_cache *cache, gfp_t gfp)
{
	return kmem_cache_zalloc(cache, gfp);
}

#undef kmem_cache_zalloc
#define kmem_cache_zalloc(...)						\
	(pinscope_fault(PINSCOPE_SITE(kmem_cache_zalloc, 1, ENOMEM)) ?	\
	 NULL : pinscope_kmem_cache_zalloc(__VA_ARGS__))
#undef alloc_workqueue
#define alloc_workqueue(...) PINSCOPE_NULL(alloc_workqueue, __VA_ARGS__)

#define pinscope_memdup_user(...) memdup_user(__VA_ARGS__)
#define pinscope_strndup_user(...) strndup_user(__VA_ARGS__)

/* Two ways to fail: none of the user's memory there, none of the kernel's */
#define PINSCOPE_FROM_USER(name, ...)					\
({									\
	static struct pinscope_site pinscope_site = {			\
		.file = __FILE__, .function = __func__, .call = #name,	\
		.line = __LINE__, .ways = 2, .error = EFAULT,		\
		.last_error = ENOMEM,					\
	};								\
	int way_ = pinscope_fault(&pinscope_site);			\
									\
	way_ == 1 ? ERR_PTR(-EFAULT) : way_ ? ERR_PTR(-ENOMEM) :	\
		pinscope_made(&pinscope_site,				\
			      pinscope_##name(__VA_ARGS__));		\
})

#define memdup_user(...) PINSCOPE_FROM_USER(memdup_user, __VA_ARGS__)
#define strndup_user(...) PINSCOPE_FROM_USER(strndup_user, __VA_ARGS__)

/* Stores. What replaces an entry, or comes where one is reserved, needs no memory */
static inline bool pinscope_xa_has(struct xarray *xa, unsigned long index)
{
	XA_STATE(xas, xa, index);
	bool has;

	rcu_read_lock();
	has = xas_load(&xas);
	rcu_read_unlock();
	return has;
}

#define xa_store(xa, index, entry, gfp)					\
({									\
	unsigned long index_ = (index);					\
									\
	!pinscope_xa_has(xa, index_) &&					\
	pinscope_fault(PINSCOPE_SITE(xa_store, 1, ENOMEM)) ?		\
		XA_ERROR(-ENOMEM) : xa_store(xa, index_, entry, gfp);	\
})
#define xa_reserve(...) PINSCOPE_INT(xa_reserve, ENOMEM, __VA_ARGS__)
#define __xa_cmpxchg(...)						\
	(pinscope_fault(PINSCOPE_SITE(__xa_cmpxchg, 1, ENOMEM)) ?	\
	 XA_ERROR(-ENOMEM) : __xa_cmpxchg(__VA_ARGS__))
#define xa_insert(...) PINSCOPE_INT(xa_insert, ENOMEM, __VA_ARGS__)
#define mas_preallocate(...) PINSCOPE_INT(mas_preallocate, ENOMEM, __VA_ARGS__)
#define ida_alloc(...) PINSCOPE_INT(ida_alloc, ENOMEM, __VA_ARGS__)
#define ida_alloc_max(...) PINSCOPE_INT(ida_alloc_max, ENOMEM, __VA_ARGS__)

/* For a type that both have, so the value is copied */
static inline unsigned long
pinscope_copy_from_user(void *to, const void __user *from, unsigned long n)
{
	return copy_from_user(to, from, n);
}

/*
 * The user's memory. A copy can end in the middle, where a page is not there;
 * these return what was left.
 */
#define PINSCOPE_COPY(name, to, from, n)				\
({									\
	int way_ = pinscope_fault(PINSCOPE_SITE(name, 2, EFAULT));	\
	unsigned long n_ = (n), half_ = n_ / 2;				\
									\
	way_ == 1 ? n_ : way_ ? n_ - half_ + name(to, from, half_) :	\
		    name(to, from, n);					\
})

#define copy_from_user(to, from, n) PINSCOPE_COPY(copy_from_user, to, from, n)
#define copy_to_user(to, from, n) PINSCOPE_COPY(copy_to_user, to, from, n)
#define clear_user(to, n)						\
	(pinscope_fault(PINSCOPE_SITE(clear_user, 1, EFAULT)) ?		\
	 (unsigned long)(n) : clear_user(to, n))

#undef get_user
#define get_user(x, p)							\
({									\
	BUILD_BUG_ON(sizeof(x) != sizeof(*(p)));			\
	pinscope_fault(PINSCOPE_SITE(get_user, 1, EFAULT)) ||		\
	pinscope_copy_from_user(&(x), p, sizeof(x)) ? -EFAULT : 0;	\
})

/* Pages of users: not there; or fewer than asked for */
#define pin_user_pages_remote(mm, start, nr, ...)			\
({									\
	int way_ = pinscope_fault(PINSCOPE_SITE(pin_user_pages_remote,	\
						2, EFAULT));		\
									\
	way_ == 1 ? -EFAULT :						\
		pin_user_pages_remote(mm, start, way_ ? 1 : (nr),	\
				      __VA_ARGS__);			\
})
#define pin_user_pages_fast(start, nr, ...)				\
({									\
	int way_ = pinscope_fault(PINSCOPE_SITE(pin_user_pages_fast,	\
						2, EFAULT));		\
									\
	way_ == 1 ? -EFAULT :						\
		pin_user_pages_fast(start, way_ ? 1 : (nr),		\
				    __VA_ARGS__);			\
})
#define fixup_user_fault(...) PINSCOPE_INT(fixup_user_fault, EFAULT, __VA_ARGS__)
/* The other way cannot fail */
#define __account_locked_vm(mm, pages, inc, ...)			\
({									\
	bool inc_ = (inc);						\
									\
	inc_ && pinscope_fault(PINSCOPE_SITE(__account_locked_vm, 1,	\
					     ENOMEM)) ? -ENOMEM :	\
		__account_locked_vm(mm, pages, inc_, __VA_ARGS__);	\
})

/* IOMMU */
#define iommu_map(...) PINSCOPE_INT(iommu_map, ENOMEM, __VA_ARGS__)
#define iommu_attach_group(...) \
	PINSCOPE_INT(iommu_attach_group, ENOMEM, __VA_ARGS__)
#define iommu_paging_domain_alloc(...) \
	PINSCOPE_PTR(iommu_paging_domain_alloc, ENOMEM, __VA_ARGS__)
#define iommu_enable_nesting(...) \
	PINSCOPE_INT(iommu_enable_nesting, EINVAL, __VA_ARGS__)
#define iommu_get_group_resv_regions(...) \
	PINSCOPE_INT(iommu_get_group_resv_regions, ENOMEM, __VA_ARGS__)
#define iommu_get_msi_cookie(...) \
	PINSCOPE_INT(iommu_get_msi_cookie, ENOMEM, __VA_ARGS__)
#define iommu_group_claim_dma_owner(...) \
	PINSCOPE_INT(iommu_group_claim_dma_owner, ENOMEM, __VA_ARGS__)
#define iommu_device_claim_dma_owner(...) \
	PINSCOPE_INT(iommu_device_claim_dma_owner, ENOMEM, __VA_ARGS__)
#define iommu_group_alloc(...) \
	PINSCOPE_PTR(iommu_group_alloc, ENOMEM, __VA_ARGS__)
#define iommu_group_set_name(...) \
	PINSCOPE_INT(iommu_group_set_name, ENOMEM, __VA_ARGS__)
#define iommu_group_add_device(...) \
	PINSCOPE_INT(iommu_group_add_device, ENOMEM, __VA_ARGS__)
#define iommu_fwspec_init(...) \
	PINSCOPE_INT(iommu_fwspec_init, ENOMEM, __VA_ARGS__)
#define iommu_device_sysfs_add(...) \
	PINSCOPE_INT(iommu_device_sysfs_add, ENOMEM, __VA_ARGS__)
#define iommu_device_register(...) \
	PINSCOPE_INT(iommu_device_register, ENOMEM, __VA_ARGS__)

/* Files and what is shown in sysfs */
#define anon_inode_getfd(...) PINSCOPE_INT(anon_inode_getfd, ENFILE, __VA_ARGS__)
#define anon_inode_getfile(...) \
	PINSCOPE_PTR(anon_inode_getfile, ENFILE, __VA_ARGS__)
#define alloc_anon_inode(...) \
	PINSCOPE_PTR(alloc_anon_inode, ENOMEM, __VA_ARGS__)
#define get_unused_fd_flags(...) \
	PINSCOPE_INT(get_unused_fd_flags, EMFILE, __VA_ARGS__)
#define simple_pin_fs(...) PINSCOPE_INT(simple_pin_fs, ENOMEM, __VA_ARGS__)
#define single_open(...) PINSCOPE_INT(single_open, ENOMEM, __VA_ARGS__)
#define cdev_device_add(...) PINSCOPE_INT(cdev_device_add, ENOMEM, __VA_ARGS__)
#define dev_set_name(...) PINSCOPE_INT(dev_set_name, ENOMEM, __VA_ARGS__)
#define device_add(...) PINSCOPE_INT(device_add, ENOMEM, __VA_ARGS__)
#define device_create(...) PINSCOPE_PTR(device_create, ENOMEM, __VA_ARGS__)
#define device_add_software_node(...) \
	PINSCOPE_INT(device_add_software_node, ENOMEM, __VA_ARGS__)
#define device_driver_attach(...) \
	PINSCOPE_INT(device_driver_attach, ENOMEM, __VA_ARGS__)
/* It is initialised in any case */
#define kobject_init_and_add(kobj, type, ...)				\
({									\
	bool fault_ = pinscope_fault(PINSCOPE_SITE(kobject_init_and_add, \
						   1, ENOMEM));		\
									\
	if (fault_)							\
		kobject_init(kobj, type);				\
	fault_ ? -ENOMEM : kobject_init_and_add(kobj, type, __VA_ARGS__); \
})
#define sysfs_create_link(...) \
	PINSCOPE_INT(sysfs_create_link, ENOMEM, __VA_ARGS__)
#define class_compat_create_link(...) \
	PINSCOPE_INT(class_compat_create_link, ENOMEM, __VA_ARGS__)
#define configfs_depend_item_unlocked(...) \
	PINSCOPE_INT(configfs_depend_item_unlocked, ENOMEM, __VA_ARGS__)
#define platform_device_add_data(...) \
	PINSCOPE_INT(platform_device_add_data, ENOMEM, __VA_ARGS__)
#define platform_device_add(...) \
	PINSCOPE_INT(platform_device_add, ENOMEM, __VA_ARGS__)
#define debugfs_create_dir(...) \
	PINSCOPE_PTR(debugfs_create_dir, ENOMEM, __VA_ARGS__)
#define debugfs_create_file(...) \
	PINSCOPE_PTR(debugfs_create_file, ENOMEM, __VA_ARGS__)

/* Drivers and devices */
#define driver_register(...) PINSCOPE_INT(driver_register, ENOMEM, __VA_ARGS__)
#define __pci_register_driver(...) \
	PINSCOPE_INT(__pci_register_driver, ENOMEM, __VA_ARGS__)
#undef class_create
#define class_create(...) PINSCOPE_PTR(class_create, ENOMEM, __VA_ARGS__)
#define misc_register(...) PINSCOPE_INT(misc_register, ENOMEM, __VA_ARGS__)
#define pci_enable_device_mem(...) \
	PINSCOPE_INT(pci_enable_device_mem, ENOMEM, __VA_ARGS__)
#undef pci_request_region
#define pci_request_region(...) \
	PINSCOPE_INT(pci_request_region, EBUSY, __VA_ARGS__)
#define pci_iomap(...) PINSCOPE_NULL(pci_iomap, __VA_ARGS__)
#define pcim_enable_device(...) \
	PINSCOPE_INT(pcim_enable_device, ENOMEM, __VA_ARGS__)
#define pcim_iomap_regions(...) \
	PINSCOPE_INT(pcim_iomap_regions, ENOMEM, __VA_ARGS__)
#define eventfd_ctx_fdget(...) \
	PINSCOPE_PTR(eventfd_ctx_fdget, EBADF, __VA_ARGS__)
#define irq_domain_alloc_named_fwnode(...) \
	PINSCOPE_NULL(irq_domain_alloc_named_fwnode, __VA_ARGS__)
#define irq_domain_create_tree(...) \
	PINSCOPE_NULL(irq_domain_create_tree, __VA_ARGS__)

#endif /* PINSCOPE_INSTRUMENT_H */
