import type { ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { mallocTrim, must, prctl, schedSetaffinity, schedSetscheduler } from './libc.ts'

/**
 * Whether a process that was to be started has its pipes. Node makes none where it may open no more files, whatever its types say; the
 * event `error` follows.
 */
export const isConnected = ({ stdin }: Pick<ChildProcess, 'stdin'>): boolean => Boolean(stdin)

const PR_SET_PDEATHSIG = 1

/** Numbers of linux/capability.h. */
export const capability = { kill: 5, setGid: 6, setUid: 7, setPcap: 8, netAdmin: 12, netRaw: 13, sysAdmin: 21 } as const

/** Whether this thread has a capability in its user namespace. */
export const hasCapability = (number: number): boolean => {
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/thread-self/status', 'utf8'))?.[1] ?? '0'
  return ((BigInt(`0x${effective}`) >> BigInt(number)) & 1n) === 1n
}

/** Has the kernel send `signal` (a number, e.g. 15) to this process when the one that started it ends, however it ends. */
export const dieWithParent = (signal: number): void => {
  must('prctl(PR_SET_PDEATHSIG)', prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0))
}

/** Keeps a process (0: this one's main thread) on the given CPUs. Threads it starts later inherit that; running ones do not. */
export const pinProcess = (pid: number, cpus: readonly number[]): void => {
  const mask = new Uint8Array(128)
  for (const cpu of cpus) mask[cpu >> 3] = (mask[cpu >> 3] ?? 0) | (1 << (cpu & 7))
  must('sched_setaffinity', schedSetaffinity(pid, mask.length, mask))
}

const SCHED_RR = 2
const SCHED_RESET_ON_FORK = 0x4000_0000

/**
 * Lets this thread run before all that is not of real time (sched(7)), where the machine permits it; else as early as it does.
 * @param priority 1 to 99, above that of those it must not wait for
 * @returns what it got
 */
export const runEarly = (priority: number): 'real-time' | 'early' | 'ordinary' => {
  const parameters = new Uint8Array(4)
  new DataView(parameters.buffer).setInt32(0, priority, true)
  if (schedSetscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, parameters) === 0) return 'real-time'
  try {
    setPriority(-20)
    return 'early'
  } catch {
    return 'ordinary'
  }
}

let collect: unknown

/** Gives memory that a big piece of work used back to the system: V8's and, what counts more here, libnftables'. Takes some 20 ms. */
export const releaseMemory = (): void => {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc')
  }
  if (typeof collect === 'function') collect()
  mallocTrim(0)
}

export interface Descriptors {
  /** Files, sockets and pipes that this process has open. */
  readonly open: number
  /** So many it may have (getrlimit(2), `RLIMIT_NOFILE`, the soft one). */
  readonly limit: number
}

/** The limit as it was last read. */
let known = Number.POSITIVE_INFINITY

/** @returns as many as it may have where not even this question has room */
export const descriptors = (): Descriptors => {
  try {
    known = Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? Infinity)
    // The folder itself is open while it is read.
    return { open: readdirSync('/proc/self/fd').length - 1, limit: known }
  } catch {
    return { open: known, limit: known }
  }
}
