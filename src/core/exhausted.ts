/** Where a machine, or a limit of this process, has no more to give: nothing is wrong with Bulkhead or with what was asked. */
import { Fault } from './errors.ts'

const lacks: Readonly<Record<string, string>> = {
  EMFILE: 'this process may open no more files (EMFILE)',
  ENFILE: 'nobody on this machine may open more files (ENFILE)',
  EAGAIN: 'no more processes may be started (EAGAIN)',
  ENOMEM: 'there is no memory left (ENOMEM)',
}

/** @param code name of the error number @param what was tried, e.g. `open /etc/hosts` */
export const exhaustedFault = (code: string, what: string, cause?: unknown): Fault | undefined => {
  const lack = lacks[code]
  return lack === undefined ? undefined : new Fault('resources-exhausted', `${what}: ${lack}.`, { cause })
}

/** What Node threw, if it is that. A call that would have waited (EAGAIN) is something else where no process is started. */
export const exhaustionOf = (error: unknown): Fault | undefined => {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  const call = 'syscall' in error && typeof error.syscall === 'string' ? error.syscall : ''
  if (error.code === 'EAGAIN' && !call.startsWith('spawn')) return undefined
  const path = 'path' in error && typeof error.path === 'string' && !call.includes(error.path) ? error.path : ''
  return exhaustedFault(error.code, `${call} ${path}`.trim() || 'A call', error)
}
