/** Coils and registers of a decoy: what the process shows, what this conversation wrote, and constants of its own for the rest. */
import { putU16be, u16be } from '#core/bytes.ts'
import type { TalkContext } from '#core/personality.ts'
import type { ModbusProfile, ProcessRegister } from './personality-profile.ts'

/** Addresses of each kind whose writing is remembered; beyond, the one written first is forgotten. */
const remembered = 512

export interface Memory {
  bit(at: number): boolean
  word(at: number): number
  setBit(at: number, value: boolean): void
  setWord(at: number, value: number): void
}

const remember = <V>(map: Map<number, V>, at: number, value: V): void => {
  map.delete(at)
  map.set(at, value)
  if (map.size <= remembered) return
  const [oldest] = map.keys()
  if (oldest !== undefined) map.delete(oldest)
}

/** 16 bits that stand for an address of this decoy. */
const constant = (seed: number, at: number): number => {
  let mixed = Math.imul(seed ^ Math.imul(at + 1, 0x85ebca6b), 0xc2b2ae35)
  mixed ^= mixed >>> 15
  return Math.imul(mixed, 0x2c1b3c6d) >>> 16
}

/** Settings stand in the lower registers of most projects; above them most are never used. */
const settingAt = (seed: number, at: number): number => {
  const mixed = constant(seed, at)
  if (at >= 200 || mixed % 3 !== 0) return 0
  return (mixed >>> 2) % 1000
}

const scratch = new DataView(new ArrayBuffer(4))
const words = new Uint8Array(4)
const measured = (value: number, register: ProcessRegister, at: number): number => {
  const scaled = (value * register.max) / 100
  if (register.as === undefined) return Math.round(scaled) & 0xffff
  scratch.setFloat32(0, scaled)
  putU16be(words, 0, scratch.getUint16(2))
  putU16be(words, 2, scratch.getUint16(0))
  return u16be(words, 2 * (at - register.at))
}

/** What a program of the controller computes is overwritten by it in the next cycle, whoever wrote there. */
export const memoryOf = (context: TalkContext, profile: ModbusProfile): Memory => {
  const { identity, process, now } = context
  const bits = new Map<number, boolean>()
  const registers = new Map<number, number>()
  const measuredAt = (at: number): ProcessRegister | undefined =>
    profile.process.registers.find((one) => at >= one.at && at < one.at + (one.as === 'float' ? 2 : 1))
  const coilAt = (at: number) => profile.process.coils.find((one) => one.at === at)
  return {
    bit: (at) => {
      const coil = coilAt(at)
      if (coil !== undefined) return process.digital(coil.point, now())
      return bits.get(at) ?? (at < 64 && constant(identity.seed, at + 0x1_0000) % 4 === 0)
    },
    word: (at) => {
      const register = measuredAt(at)
      if (register !== undefined) return measured(process.analog(register.point, now()), register, at)
      return registers.get(at) ?? settingAt(identity.seed, at)
    },
    setBit: (at, value) => {
      if (coilAt(at) === undefined) remember(bits, at, value)
    },
    setWord: (at, value) => {
      if (measuredAt(at) === undefined) remember(registers, at, value & 0xffff)
    },
  }
}
