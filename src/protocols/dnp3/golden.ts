import type { Golden } from '../golden.ts'
import { answers } from './golden-answers.ts'
import { faults } from './golden-faults.ts'
import { files } from './golden-files.ts'
import { frames } from './golden-frames.ts'
import { reads } from './golden-reads.ts'
import { writes } from './golden-writes.ts'

export const dnp3Golden: readonly Golden[] = [...frames, ...reads, ...writes, ...files, ...faults, ...answers]
