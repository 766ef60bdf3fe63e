/** The tank as Modbus registers and coils. Addresses as on the wire, from 0. */
import { fullTank, type Tank } from './tank.ts'

interface Register {
  readonly name: string
  readonly read: (tank: Tank) => number
  /** Absent: measured, not set. Undefined for a value the device refuses. */
  readonly write?: (tank: Tank, value: number) => Tank | undefined
}

const within = (value: number, low: number, high: number) => value >= low && value <= high

export const registers: Readonly<Record<number, Register>> = {
  0: { name: 'level, 0.1 l', read: ({ level }) => Math.round(level * 10) },
  1: { name: 'flow, 0.01 l/s', read: ({ flow }) => Math.round(flow * 100) },
  2: { name: 'temperature, 0.1 °C', read: ({ temperature }) => Math.round(temperature * 10) },
  3: { name: 'seconds since start', read: ({ time }) => Math.floor(time) & 0xffff },
  40: {
    name: 'mode: 1 automatic, 0 manual',
    read: ({ automatic }) => (automatic ? 1 : 0),
    write: (tank, value) => (within(value, 0, 1) ? { ...tank, automatic: value === 1 } : undefined),
  },
  100: {
    name: 'level setpoint, l',
    read: ({ levelSetpoint }) => levelSetpoint,
    write: (tank, value) => (within(value, 0, fullTank) ? { ...tank, levelSetpoint: value } : undefined),
  },
  101: {
    name: 'temperature setpoint, °C',
    read: ({ temperatureSetpoint }) => temperatureSetpoint,
    write: (tank, value) => (within(value, 0, 95) ? { ...tank, temperatureSetpoint: value } : undefined),
  },
}

/** Addresses below this exist; those without a row read as zero, as in most controllers. */
export const registerCount = 200

interface Coil {
  readonly name: string
  readonly read: (tank: Tank) => boolean
  readonly write?: (tank: Tank, value: boolean) => Tank
}

export const coils: Readonly<Record<number, Coil>> = {
  0: { name: 'inlet open', read: ({ inletOpen }) => inletOpen, write: (tank, inletOpen) => ({ ...tank, inletOpen }) },
  1: { name: 'heater on', read: ({ heaterOn }) => heaterOn, write: (tank, heaterOn) => ({ ...tank, heaterOn }) },
  2: { name: 'level low', read: ({ level, levelSetpoint }) => level < levelSetpoint - 50 },
}
export const coilCount = 16
