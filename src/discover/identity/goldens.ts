/** Every message of the tests. */
import { datagramGoldens } from './golden-datagrams.ts'
import { frameGoldens } from './golden-frames.ts'
import { nameGoldens } from './golden-names.ts'
import { openingGoldens } from './golden-openings.ts'
import { sessionGoldens } from './golden-sessions.ts'
import type { Golden } from './golden.ts'

export const goldens: readonly Golden[] = [
  ...frameGoldens,
  ...datagramGoldens,
  ...nameGoldens,
  ...openingGoldens,
  ...sessionGoldens,
]
