/* Memory: mappings, protections, access to other processes. */
#include "scenarios.h"

const struct scenario memory[] = {
	{ 0 },
};
