/* Identity: who a task is and which namespaces it lives in. */
#include "scenarios.h"

const struct scenario identity[] = {
	{ 0 },
};
