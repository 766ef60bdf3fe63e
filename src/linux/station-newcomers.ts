/**
 * How many new sources stations listen to. Each one that asks for a decoy becomes a neighbour of its station, and the kernel has one
 * table of neighbours for the whole machine (arp(7), gc_thresh3): sources that somebody makes up would fill it, and the machine would
 * find neither its manager nor, where it routes, the plant.
 */
import { Fault } from '#core/errors.ts'
import { hasSysctl, readSysctl, writeSysctl, type SysctlName } from './sysctl.ts'

/** What the table has room for: kept in any case, emptied after 5 s, and at most. The kernel begins with 128, 512 and 1024. */
const roomy = { gc_thresh1: 1024, gc_thresh2: 8192, gc_thresh3: 16_384 } as const
const usual = 1024

const nameOf = (threshold: keyof typeof roomy): SysctlName => ['net', 'ipv4', 'neigh', 'default', threshold]

/**
 * Makes the table as large as decoys need it, and never smaller. It is the machine's: in a network namespace it can be neither read nor
 * set. Where they may not be set they stay as they are.
 * @returns neighbours that it holds at most
 */
export const roomForNeighbours = (): number => {
  if (!hasSysctl(nameOf('gc_thresh3'))) return usual
  // The largest first: none may be above the next at any time.
  try {
    for (const threshold of ['gc_thresh3', 'gc_thresh2', 'gc_thresh1'] as const)
      if (Number(readSysctl(nameOf(threshold))) < roomy[threshold]) writeSysctl(nameOf(threshold), roomy[threshold])
  } catch (error) {
    // In a container they can often be read alone: decoys stand all the same, and hear fewer at a time.
    if (!(error instanceof Fault) || error.code !== 'privileges-missing') throw error
  }
  return Number(readSysctl(nameOf('gc_thresh3')))
}

export interface Newcomers {
  readonly burst: number
  readonly perMinute: number
}

/**
 * Of one station. The table is emptied of what is older than 5 s, at the earliest every 5 s: what all stations take in 10 s, by ARP and
 * by IP, is half of it at most.
 */
export const newcomersOf = (room: number, stations: number): Newcomers => ({
  burst: Math.max(2, Math.floor(room / 8 / stations)),
  perMinute: Math.max(1, Math.floor((60 * room) / 80 / stations)),
})

/** Rules of a chain `in`, and its set: whoever was heard in the last minute is heard, of others so many. @param source expression of nft */
export const newcomerRules = (
  source: string,
  { burst, perMinute }: Newcomers,
): readonly [set: string, ...rules: string[]] => [
  'set heard { type ipv4_addr; size 16384; flags dynamic,timeout; timeout 60s; }',
  `${source} @heard update @heard { ${source} timeout 60s } accept`,
  `limit rate over ${perMinute}/minute burst ${burst} packets drop`,
  `update @heard { ${source} timeout 60s }`,
]
