// libyaml for Swift: its event parser, as the header declares it.
#pragma once
#include <yaml.h>
