/** I/O memory of a CJ2 as FINS addresses it (W342, 5-2-2): words and bits of areas, with a process in them. */
import type { TalkContext } from '#core/personality.ts'
import type { FinsProfile } from './profile.ts'

interface Area {
  readonly name: string
  readonly bits: boolean
  readonly words: number
}
const bits = (name: string, words: number): Area => ({ name, bits: true, words })
const words = (name: string, count: number): Area => ({ name, bits: false, words: count })

const fixed: ReadonlyMap<number, Area> = new Map([
  [0x30, bits('CIO', 6144)],
  [0x31, bits('W', 512)],
  [0x32, bits('H', 1536)],
  [0x33, bits('A', 1472)],
  [0x02, bits('D', 32768)],
  [0xb0, words('CIO', 6144)],
  [0xb1, words('W', 512)],
  [0xb2, words('H', 1536)],
  [0xb3, words('A', 1472)],
  [0x82, words('D', 32768)],
  [0x89, words('T', 4096)],
  [0x98, words('E', 32768)],
])

/** Words that one conversation may write and read back. */
const mostWritten = 1024

export interface FinsMemory {
  area(code: number): Area | undefined
  read(area: Area, address: number): number
  write(area: Area, address: number, value: number): void
}

/** D0 to D15: analog inputs; CIO 0: digital ones; D100 to D115: set-points; what was written stands for this conversation. */
export const finsMemory = (context: TalkContext, profile: FinsProfile): FinsMemory => {
  const { process, identity } = context
  const written = new Map<string, number>()
  const input = (address: number): number => {
    let word = 0
    for (let bit = 0; bit < 16; bit++) if (process.digital(bit, context.now())) word |= 1 << bit
    return address === 0 ? word : 0
  }
  const shown = (name: string, address: number): number => {
    if (name === 'CIO') return input(address)
    if (name !== 'D') return 0
    if (address < 16) return Math.round((process.analog(address, context.now()) / 100) * profile.fullScale)
    if (address < 100 || address > 115) return 0
    return Math.round(profile.fullScale * (0.3 + (((identity.seed >>> (address - 100)) & 15) / 15) * 0.5))
  }
  return {
    area: (code) => {
      const bank = code - 0xa0
      if (bank >= 0 && bank < profile.expansionBanks) return words(`E${bank}_`, 32768)
      return fixed.get(code)
    },
    read: ({ name }, address) => written.get(`${name}${address}`) ?? shown(name, address),
    write: ({ name }, address, value) => {
      const key = `${name}${address}`
      if (written.size < mostWritten || written.has(key)) written.set(key, value & 0xffff)
    },
  }
}
