/** Signals wait while a library talks to the kernel. */
import { pthreadSigmask } from './libc.ts'

const SIG_SETMASK = 2
/** Of sigset_t in glibc and musl. */
const setBytes = 128
const faults = { SIGILL: 4, SIGTRAP: 5, SIGABRT: 6, SIGBUS: 7, SIGFPE: 8, SIGSEGV: 11 } as const

/** Everything but what the processor itself raises: that must be handled where it happens. */
const all = new Uint8Array(setBytes).fill(0xff)
for (const signal of Object.values(faults)) all[(signal - 1) >> 3]! &= ~(1 << ((signal - 1) & 7))

/**
 * Runs `fn` with no signal delivered to this thread; those that come are delivered afterwards. libnftables takes a call that a signal
 * interrupted for a refusal, also where the kernel has made the change already.
 * @param fn synchronous
 */
export const withoutSignals = <T>(fn: () => T): T => {
  const before = new Uint8Array(setBytes)
  pthreadSigmask(SIG_SETMASK, all, before)
  try {
    return fn()
  } finally {
    pthreadSigmask(SIG_SETMASK, before, null)
  }
}
