import { must, prctl, schedSetaffinity } from './libc.ts'

const PR_SET_PDEATHSIG = 1

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
