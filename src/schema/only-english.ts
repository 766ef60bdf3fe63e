/** For `node --import`. */
import { onlyEnglish } from './english.ts'

onlyEnglish()
