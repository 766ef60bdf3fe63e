/** A plant of which everything is known: three controllers that an HMI polls and sets, and a historian that reads. */
import type { CaptureRecord } from '#packet/records.ts'
import { randomFrom } from '../propose/random-plant.ts'
import { recorder, recordsOf, type Frame, type Host, type Recorder } from './recorder.ts'
import { speeches, type Speech } from './speech.ts'

const start = Date.parse('2026-03-02T06:00:00Z')
const minutes = 60_000

export const hmi: Host = { ip: '198.18.2.70', mac: '00:1b:1b:aa:00:70' }
export const historian: Host = { ip: '198.18.2.30', mac: '00:1b:1b:aa:00:30' }
/** Somebody who was not there before. */
export const intruder: Host = { ip: '198.18.2.199', mac: '00:e0:4c:66:66:03' }
export const controllerOf = ({ protocol }: Speech): Host => {
  const number = 10 + speeches.findIndex((each) => each.protocol === protocol)
  return { ip: `198.18.1.${number}`, mac: `00:0e:8c:aa:01:${number}` }
}

/** A session that counts its messages. */
export interface Line {
  readonly say: (at: number, message: (n: number) => ReturnType<Speech['poll']>) => void
}

export const lineOf = (to: Recorder, at: number, client: Host, speech: Speech, server = controllerOf(speech)): Line => {
  const session = to.session(at, client, server, speech.port)
  let n = 0
  const say: Line['say'] = (when, message) => session.say(when, message(n++))
  for (const [index, exchange] of speech.opening.entries()) say(at + 10 + index * 10, () => exchange)
  return { say }
}

/** Lowest and highest set-point that the HMI writes. */
const setPoints = [200, 260] as const

/**
 * Polls every second with what a network makes of it, a set-point about every twelve seconds, a record every five.
 */
const operate = (to: Recorder, speech: Speech, length: number): void => {
  const random = randomFrom(speech.port)
  const panel = lineOf(to, 50, hmi, speech)
  let next = 12_000
  for (let at = 1000; at < length; at += 1000) {
    panel.say(at + random(30), speech.poll)
    if (at < next) continue
    next = at + 4000 + random(16_000)
    const value = setPoints[0] + random(setPoints[1] - setPoints[0] + 1)
    panel.say(at + 400, (n) => speech.set(n, value))
  }
  const records = lineOf(to, 70, historian, speech)
  for (let at = 3000; at < length; at += 5000) records.say(at + random(50), speech.record)
}

/** The same every time, and long enough for an operator to have done what is normal. */
const work: readonly Frame[] = (() => {
  const to = recorder(49_152)
  for (const host of [hmi, historian, ...speeches.map(controllerOf)]) to.whoHas(0, host, '198.18.2.1')
  for (const speech of speeches) operate(to, speech, 10 * minutes)
  return to.frames
})()

/** @param attack adds its own frames; it comes when two thirds of the time are over */
export const recordingWith = (attack: (to: Recorder, at: number) => void): readonly CaptureRecord[] => {
  const to = recorder(55_000)
  attack(to, (10 * minutes * 2) / 3)
  return recordsOf([...work, ...to.frames], start)
}
