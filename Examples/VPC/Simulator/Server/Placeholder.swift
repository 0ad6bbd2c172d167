// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Crypto
import Hummingbird
