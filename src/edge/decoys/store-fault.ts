import { Fault } from '#core/errors.ts'

/** A file of decoys that cannot be read or written, as what a person can do about it. */
export const storeFault = (error: unknown, path: string): Fault => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return new Fault(
    code === 'ENOSPC' || code === 'EDQUOT' ? 'disk-full' : 'store-unreadable',
    `${path} cannot be used: ${error instanceof Error ? error.message : String(error)}`,
    { cause: error },
  )
}
