/** The same bytes as other types: what an S7 message says of them is one reading of several. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hex } from './modbus-polls.ts'
import { planOf, Wire } from './wire.ts'

const digits = (value: number, bytes: number): string => value.toString(16).padStart(2 * bytes, '0')
const unit = (s7: string): string => `0300 ${digits(7 + hex(s7).length / 2, 2)} 02f080 ${s7}`

/** Bytes 40 and 41 of data block 1, as one INT or as two bytes. */
const places = { int: '120a10 05 0001 0001 84 000140', byte: '120a10 02 0002 0001 84 000140' } as const
type As = keyof typeof places

const ask = (id: number, as: As): string => unit(`3201 0000 ${digits(id, 2)} 000e 0000 0401 ${places[as]}`)
const answer = (id: number, value: number): string =>
  unit(`3203 0000 ${digits(id, 2)} 0002 0006 0000 0401 ff04 0010 ${digits(value, 2)}`)
const put = (id: number, as: As, value: number): string =>
  unit(`3201 0000 ${digits(id, 2)} 000e 0006 0501 ${places[as]} 0004 0010 ${digits(value, 2)}`)

/** One client that asks and is answered, in turn. */
const talk = (allow: readonly unknown[]) => {
  const wire = new Wire(planOf({ service: 's7comm', allow }), 102)
  wire.open()
  let [seq, ack] = [1000, 5000]
  return {
    read: (id: number, as: As, value: number): void => {
      const [asked, answered] = [ask(id, as), answer(id, value)]
      wire.tcp('client', seq, ack, asked)
      seq += hex(asked).length / 2
      wire.tcp('server', ack, seq, answered)
      ack += hex(answered).length / 2
    },
    /** @returns why it is denied */
    write: (id: number, as: As, value: number): string | undefined => {
      wire.denials.length = 0
      wire.tcp('client', seq, ack, put(id, as, value))
      return wire.denials[0]?.denial.reason
    },
  }
}
const setPoint = { op: 'write-var', area: 'DB', db: 1, bytes: '40-41', type: 'int' }

describe('a value read as one type', () => {
  test('is not the value that a step of another type begins at', () => {
    const { read, write } = talk(['read', { ...setPoint, step: 50 }])
    read(1, 'int', 300)
    read(2, 'byte', 300)
    assert.equal(write(3, 'int', 310), undefined)
  })

  test('lets nobody step from it', () => {
    const { read, write } = talk(['read', { ...setPoint, step: 50 }])
    read(1, 'int', 300)
    read(2, 'byte', 300)
    assert.equal(write(3, 'int', 40), 'step-too-large')
  })

  test('is not the state that a condition of another type asks for', () => {
    const running = { ...setPoint, while: { area: 'DB', db: 1, byte: 40, type: 'int', equals: 1 } }
    const unknown = talk(['read', running])
    unknown.read(1, 'byte', 0x0100)
    assert.equal(unknown.write(2, 'int', 1), 'while-unknown')
    const stopped = talk(['read', running])
    stopped.read(1, 'int', 0x0100)
    stopped.read(2, 'byte', 0x0100)
    assert.equal(stopped.write(3, 'int', 1), 'while-false')
    const { read, write } = talk(['read', running])
    read(1, 'int', 1)
    read(2, 'byte', 0)
    assert.equal(write(3, 'int', 1), undefined)
  })
})
