/** Kernel memory, before and after. */
import { readFileSync } from 'node:fs'

const field = (name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/meminfo', 'latin1'))?.[1] ?? Number.NaN)

export interface Memory {
  /** MB */
  readonly available: number
  /** MB of kernel objects that are not freed under pressure. */
  readonly slab: number
}

export const memory = (): Memory => ({
  available: field('MemAvailable') / 1024,
  slab: (field('SUnreclaim') + field('SReclaimable')) / 1024,
})
