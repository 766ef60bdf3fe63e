/** A process that moves: a tank that fills and is drawn from, a heater, a counter, and things that drift. Closed form, so no clock runs. */
import type { Process } from '#core/personality.ts'

/** 32 bits that stand for two numbers (a round of MurmurHash3's finaliser on their sum). */
const mixed = (a: number, b: number): number => {
  let h = (a ^ Math.imul(b, 0x9e3779b1)) >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
/** 0 to 1. */
const part = (a: number, b: number): number => mixed(a, b) / 0x1_0000_0000

const tau = 2 * Math.PI
const noise = (seed: number, point: number, at: number): number => part(mixed(seed, point), Math.floor(at / 1000)) - 0.5

/** Values follow from seed and time alone: asked twice at one moment, or over two protocols, they are the same. */
export const processOf = (seed: number): Process => {
  const period = 60_000 + part(seed, 1) * 180_000
  const shift = part(seed, 2) * period
  const low = 20 + part(seed, 3) * 20
  const high = 60 + part(seed, 4) * 30
  /** Part of the period in which the inlet is open. */
  const filling = 0.4 + part(seed, 5) * 0.3
  const phase = (at: number): number => ((at + shift) % period) / period
  const isOpen = (at: number): boolean => phase(at) < filling
  const analog = (point: number, at: number): number => {
    const value = (): number => {
      const p = phase(at)
      if (point === 0)
        return isOpen(at) ? low + ((high - low) * p) / filling : high - ((high - low) * (p - filling)) / (1 - filling)
      if (point === 1) return isOpen(at) ? 45 + part(seed, 6) * 30 : 0
      if (point === 2) return 55 + part(seed, 7) * 20 + 4 * Math.sin((tau * at) / (period * 5) + part(seed, 8) * tau)
      if (point === 3) return ((at + shift) % 3_600_000) / 36_000
      const own = mixed(seed, point)
      return 20 + part(own, 1) * 60 + 6 * Math.sin((tau * at) / (40_000 + part(own, 2) * 400_000) + part(own, 3) * tau)
    }
    const still = point === 3 || (point === 1 && !isOpen(at))
    return Math.min(100, Math.max(0, value() + (still ? 0 : noise(seed, point, at) * 0.6)))
  }
  return {
    analog,
    digital: (point, at) =>
      point === 0
        ? isOpen(at)
        : part(mixed(seed, point), Math.floor(at / (30_000 + part(seed, point) * 300_000))) < 0.5,
  }
}
