/** A device of the plant as a process: started, and what it says, one JSON object a line. */
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Fault } from '#core/errors.ts'
import type { Plant } from './plant.ts'

export type Row = Readonly<Record<string, unknown>>

/** Nothing for a line that is no object. */
export const rowOf = (line: string): Row => {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

/** The command line of a program below `lab/devices`. */
export const program = (name: string, ...words: readonly string[]): readonly string[] => [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  fileURLToPath(new URL(`../devices/${name}.ts`, import.meta.url)),
  ...words,
]

export class Device {
  readonly host: string
  readonly rows: readonly Row[]

  private constructor(host: string, rows: readonly Row[]) {
    this.host = host
    this.rows = rows
  }

  /** Starts it and waits until it serves. @throws Fault */
  static start(plant: Plant, host: string, argv: readonly string[]): Promise<Device> {
    const { promise, resolve, reject } = Promise.withResolvers<Device>()
    const child = plant.spawn(host, argv)
    const rows: Row[] = []
    let said = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text))
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const row = rowOf(line)
      if (row['kind'] === 'listening') resolve(new Device(host, rows))
      else rows.push(row)
    })
    child.on('close', () => reject(new Fault('internal', `The device on ${host} ended: ${said.split('\n')[0] ?? ''}`)))
    return promise
  }

  /** Times it was written to, stopped, started or loaded, by whomever. */
  get changes(): number {
    return this.rows.filter(
      ({ kind, running, program: loaded }) =>
        kind === 'write' || (kind === 'state' && (running !== true || loaded !== 1)),
    ).length
  }
}
