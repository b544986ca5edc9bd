import { expect, test } from 'vitest'
import type { Graph } from '../../../dsl/stage.ts'
import { lenet300 } from '../../../stdlib/models/lenet300.ts'
import { compile, type Runnable } from '../../../dsl/compile.ts'
