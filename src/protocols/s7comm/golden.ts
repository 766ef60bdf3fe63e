/** All messages the codec is tested with, by what they are about. From captures, or put together by the same rules. */
import type { Golden } from '../golden.ts'
import { plusGolden } from './golden-plus.ts'
import { programGolden } from './golden-program.ts'
import { userdataGolden } from './golden-userdata.ts'
import { variablesGolden } from './golden-variables.ts'

export const s7commGolden: readonly Golden[] = [...variablesGolden, ...programGolden, ...userdataGolden, ...plusGolden]
