/* Life cycle, beyond what other tests look at. */
#include "scenarios.h"

const struct scenario lifecycle[] = {
	{ 0 },
};
