/* SPDX-License-Identifier: GPL-2.0 */
/* From a sequence that fails to a short one that fails in the same way */
#ifndef MODEL_SHRINK_H
#define MODEL_SHRINK_H

#include "run.h"

/* Takes at most @seconds; what is left in @steps has failed as @f says */
void shrink(struct steps *steps, struct failure *f, int seconds);

/* As a test of the conformance suite */
void print_test(const struct steps *steps, const struct failure *f);

#endif /* MODEL_SHRINK_H */
