/** An inspector that an earlier watchdog started and that lives on: found by the process id kept beside its socket. */
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import type { InspectorRole } from '#schema/inspection.ts'
import { askLine } from './lines.ts'
import type { Place } from './place.ts'

/** ms that it may take to answer; one that does not is replaced. */
const answerMs = 300

/** What a watchdog needs of an inspector's process, whoever started it. */
export interface InspectorProcess {
  readonly pid?: number | undefined
  kill(signal: NodeJS.Signals): boolean
}

const fileOf = (place: Place, role: InspectorRole, queue: number) => `${place.socket(role, queue)}.pid`

/** Keeps the process id for a later watchdog. */
export const keepPid = (place: Place, role: InspectorRole, queue: number, pid: number): void => {
  try {
    writeFileSync(fileOf(place, role, queue), String(pid), { mode: 0o600 })
  } catch {
    // A full disk is no reason to stop judging.
  }
}

const send = (pid: number, signal: NodeJS.Signals): boolean => {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

/** Whether a process runs: one that ended and that nobody has taken notice of has no program any more. */
export const isRunning = (pid: number): boolean => {
  try {
    return readlinkSync(`/proc/${pid}/exe`) !== ''
  } catch {
    return false
  }
}

const keptPid = (place: Place, role: InspectorRole, queue: number): number | undefined => {
  try {
    const pid = Number(readFileSync(fileOf(place, role, queue), 'utf8'))
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return words.includes(place.folder) && words.includes(String(queue)) && words.includes(role) ? pid : undefined
  } catch {
    return undefined
  }
}

/** The inspector of a queue that runs and answers; one that runs and does not answer is ended. */
export const adopt = async (
  place: Place,
  role: InspectorRole,
  queue: number,
): Promise<InspectorProcess | undefined> => {
  const pid = keptPid(place, role, queue)
  if (pid === undefined || !isRunning(pid)) return undefined
  try {
    await askLine(place.socket(role, queue), 'load', answerMs)
    return { pid, kill: (signal) => send(pid, signal) }
  } catch {
    send(pid, 'SIGKILL')
    return undefined
  }
}
