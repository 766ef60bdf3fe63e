/** For `node --import`. */
import { shortenImports } from './imports.ts'

shortenImports()
