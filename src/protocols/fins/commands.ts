/** The commands that the controller answers: W342, section 5-3. */
import { putU16be, putU32be, u16be } from '#core/bytes.ts'
import type { TalkContext } from '#core/personality.ts'
import { filled } from '../placeholders.ts'
import { endCodes, frameHeader } from './codes.ts'
import type { FinsMemory } from './memory.ts'
import type { FinsProfile } from './profile.ts'

export interface Outcome {
  readonly note: string
  readonly code: number
  readonly data?: Uint8Array
}
export interface Controller {
  readonly context: TalkContext
  readonly profile: FinsProfile
  readonly memory: FinsMemory
  /** Bytes of data that an answer may have. */
  readonly room: number
}

const ascii = (target: Uint8Array, at: number, text: string, size: number, pad: number): void => {
  for (let index = 0; index < size; index++) target[at + index] = text.charCodeAt(index) || pad
}

/** Model, version, system and areas. All that follows in a whole answer is left out: it would be ten times the request. */
const controllerData = ({ context, profile }: Controller): Uint8Array => {
  const { identity, persona } = context
  const data = new Uint8Array(92)
  // As CJ units do: filled up with spaces, and no end of the text before the version.
  ascii(data, 0, filled(profile.model, identity, persona), 20, 0x20)
  ascii(data, 20, filled(profile.version, identity, persona), 20, 0)
  putU16be(data, 80, profile.programArea)
  data[82] = profile.ioMemory
  putU16be(data, 83, profile.dataMemoryWords)
  data[85] = profile.timersCounters
  data[86] = profile.expansionBanks
  return data
}

/** Running, in RUN mode, without errors or a message. */
const controllerStatus = (): Uint8Array => Uint8Array.of(1, 4, ...new Uint8Array(8), ...new Uint8Array(16).fill(0x20))

const bcd = (value: number): number => (Math.floor(value / 10) << 4) | (value % 10)
const clock = (at: number): Uint8Array => {
  const date = new Date(at)
  const parts = [
    date.getUTCFullYear() % 100,
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
    date.getUTCDay(),
  ]
  return Uint8Array.from(parts, bcd)
}

/** Average, longest and shortest, in 0.1 ms. */
const cycleTime = ({ context }: Controller): Uint8Array => {
  const data = new Uint8Array(12)
  const usual = 40 + (context.identity.seed % 30)
  putU32be(data, 0, usual + Math.round(context.process.analog(5, context.now()) / 25))
  putU32be(data, 4, usual + 37)
  putU32be(data, 8, usual - 4)
  return data
}

const readMemory = (controller: Controller, parameters: Uint8Array): Outcome => {
  const { memory, room } = controller
  const area = memory.area(parameters[0] ?? 0)
  const from = u16be(parameters, 1)
  const bit = parameters[3] ?? 0
  const count = u16be(parameters, 4)
  const note = `memory read ${area?.name ?? 'area '}${from} x${count}`
  if (parameters.length !== 6) return { note, code: parameters.length < 6 ? endCodes.tooShort : endCodes.tooLong }
  if (area === undefined) return { note, code: endCodes.areaMissing }
  const words = area.bits ? Math.ceil((bit + count) / 16) : count
  if (from >= area.words || bit > 15) return { note, code: endCodes.addressRange }
  if (from + words > area.words) return { note, code: endCodes.rangeExceeded }
  const size = area.bits ? count : 2 * count
  if (size > room) return { note, code: endCodes.responseTooLong }
  const data = new Uint8Array(size)
  for (let index = 0; index < count; index++)
    if (area.bits) data[index] = (memory.read(area, from + ((bit + index) >> 4)) >> ((bit + index) & 15)) & 1
    else putU16be(data, 2 * index, memory.read(area, from + index))
  return { note, code: endCodes.normal, data }
}

const writeMemory = ({ memory }: Controller, parameters: Uint8Array): Outcome => {
  const area = memory.area(parameters[0] ?? 0)
  const from = u16be(parameters, 1)
  const bit = parameters[3] ?? 0
  const count = u16be(parameters, 4)
  const note = `memory write ${area?.name ?? 'area '}${from} x${count}`
  if (parameters.length < 6) return { note, code: endCodes.tooShort }
  if (area === undefined) return { note, code: endCodes.areaMissing }
  const given = parameters.length - 6
  const size = area.bits ? count : 2 * count
  if (given !== size) return { note, code: given < size ? endCodes.tooShort : endCodes.tooLong }
  if (from >= area.words || bit > 15) return { note, code: endCodes.addressRange }
  if (from + (area.bits ? Math.ceil((bit + count) / 16) : count) > area.words)
    return { note, code: endCodes.rangeExceeded }
  for (let index = 0; index < count; index++) {
    if (!area.bits) {
      memory.write(area, from + index, u16be(parameters, 6 + 2 * index))
      continue
    }
    const address = from + ((bit + index) >> 4)
    const mask = 1 << ((bit + index) & 15)
    const before = memory.read(area, address)
    memory.write(area, address, (parameters[6 + index] ?? 0) & 1 ? before | mask : before & ~mask)
  }
  return { note, code: endCodes.normal }
}

type Command = (controller: Controller, parameters: Uint8Array) => Outcome
const refusing =
  (note: string, code: number): Command =>
  () => ({ note, code })
const giving =
  (note: string, data: (controller: Controller) => Uint8Array): Command =>
  (controller) => ({ note, code: endCodes.normal, data: data(controller) })

const commands: ReadonlyMap<number, Command> = new Map<number, Command>([
  [0x0101, readMemory],
  [0x0102, writeMemory],
  [0x0304, refusing('program area protect', endCodes.noAccessRight)],
  [0x0305, refusing('program area protect clear', endCodes.noAccessRight)],
  [0x0306, refusing('program area read', endCodes.protectedRead)],
  [0x0307, refusing('program area write', endCodes.noAccessRight)],
  [0x0308, refusing('program area clear', endCodes.noAccessRight)],
  [0x0401, refusing('run', endCodes.noAccessRight)],
  [0x0402, refusing('stop', endCodes.noAccessRight)],
  [0x0403, refusing('reset', endCodes.noAccessRight)],
  [0x0501, giving('controller data read', controllerData)],
  [0x0601, giving('controller status read', controllerStatus)],
  [0x0620, giving('cycle time read', cycleTime)],
  [0x0701, giving('clock read', ({ context }) => clock(context.now()))],
  [0x0702, refusing('clock write', endCodes.noAccessRight)],
  [0x0801, (_, parameters) => ({ note: 'loop-back test', code: endCodes.normal, data: parameters })],
  [0x0c01, refusing('access right acquire', endCodes.noAccessRight)],
  [0x0c02, refusing('access right forced acquire', endCodes.noAccessRight)],
  [0x2203, refusing('file write', endCodes.noAccessRight)],
  [0x220a, refusing('memory to file transfer', endCodes.noAccessRight)],
  [0x220b, refusing('program to file transfer', endCodes.noAccessRight)],
])

/** @param command main and sub request code in one number */
export const obeyed = (controller: Controller, command: number, frame: Uint8Array): Outcome =>
  commands.get(command)?.(controller, frame.slice(frameHeader)) ?? {
    note: `command 0x${command.toString(16).padStart(4, '0')}`,
    code: endCodes.undefinedCommand,
  }
