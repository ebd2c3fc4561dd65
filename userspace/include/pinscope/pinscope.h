/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: libpinscope, all of it
 *
 * Includes every public header, and gives the library's version.
 */
#ifndef PINSCOPE_PINSCOPE_H
#define PINSCOPE_PINSCOPE_H

#include <pinscope/container.h>
#include <pinscope/device.h>
#include <pinscope/dirty.h>
#include <pinscope/dma_logging.h>
#include <pinscope/error.h>
#include <pinscope/group.h>
#include <pinscope/mapping.h>
#include <pinscope/mdev.h>
#include <pinscope/migration.h>
#include <pinscope/pci.h>
#include <pinscope/recording.h>
#include <pinscope/region.h>
#include <pinscope/sample.h>
#include <pinscope/scope.h>
#include <pinscope/system.h>
#include <pinscope/uapi.h>

/** PINSCOPE_VERSION - version of the library and its headers */
#define PINSCOPE_VERSION	"0.1"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * pinscope_version() - version of the library that is in use
 *
 * A program that was built with another one may compare it with %PINSCOPE_VERSION.
 *
 * Return: a constant string, e.g. "0.1".
 */
const char *pinscope_version(void);

#ifdef __cplusplus
}
#endif

#endif /* PINSCOPE_PINSCOPE_H */
