/** `bulkhead lab run`: starts the plant, shows it, and ends it. */
import type { Sink } from '#cli/output.ts'
import { Fault, isErrorCode } from '#core/errors.ts'
