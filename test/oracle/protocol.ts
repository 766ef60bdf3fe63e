/** One protocol compared over every capture that holds it. */
import { dirname } from 'node:path'
import { type Capture, readIndex } from './captures.ts'
import { CodecReading, servicePorts } from './codec-reading.ts'
import { compare } from './compare.ts'
import { contentsOf } from './contents.ts'
import type { Subject } from './oracles.ts'
import { type Skip, skips } from './skips.ts'
import { alone, askTogether, grouped } from './together.ts'
import type { Answer } from './tshark.ts'

export interface Disagreement {
  readonly frame: number
  /** Texts that only tshark has, and that only we have. */
  readonly missing: readonly string[]
  readonly extra: readonly string[]
  readonly skip: Skip | undefined
}

export interface CaptureResult {
  readonly capture: string
  /** Things read by either side. */
  readonly messages: number
  readonly agreed: number
  /** Frames whose things agree in another order. */
  readonly reordered: number
  /** Things that we read in new bytes of what tshark calls a retransmission, and does not look into. */
  readonly beyond: number
  readonly disagreements: readonly Disagreement[]
}

/** Whether tshark found anything in it that the oracle's filter names. */
const isNamed = ({ dissectors }: Capture, { oracle }: Subject): boolean => {
  const words: readonly string[] = oracle.filter.match(/[\w-]+/g) ?? []
  return dissectors.some((name) => words.includes(name) || name === oracle.protocol)
}

interface Reading {
  readonly capture: Capture
  readonly ours: ReadonlyMap<number, readonly string[]>
}

/** What our codec reads in a capture, or undefined where there is nothing to ask tshark about. */
const readCapture = (
  capture: Capture,
  subject: Subject,
  isWanted: (capture: Capture, read: number) => boolean,
): Reading | undefined => {
  const named = isNamed(capture, subject)
  if (!named && contentsOf(capture.file).ports.isDisjointFrom(servicePorts(subject.codec, subject.oracle)))
    return undefined
  const reading = new CodecReading(subject.codec, subject.oracle).read(capture.file)
  // Most captures hold nothing of the protocol, and starting tshark is dear. Its ports with nothing of it are looked at all the same.
  const read = reading.frames.values().reduce((sum, texts) => sum + texts.length, 0)
  if ((!named && reading.packets === 0) || !isWanted(capture, read)) return undefined
  return { capture, ours: reading.frames }
}

const compareReadings = (
  { capture: { name }, ours }: Reading,
  { rows, unread }: Answer,
  { oracle }: Subject,
  known: readonly Skip[],
): CaptureResult => {
  const here = known.filter((skip) => name.endsWith(skip.capture))
  const disagreements: Disagreement[] = []
  let agreed = 0
  let messages = 0
  let reordered = 0
  let beyond = 0
  for (const frame of new Set([...rows.keys(), ...ours.keys()].toSorted((a, b) => a - b))) {
    if (unread.has(frame)) {
      beyond += ours.get(frame)?.length ?? 0
      continue
    }
    const row = rows.get(frame)
    const result = compare(row === undefined ? [] : oracle.expected(row), ours.get(frame) ?? [])
    const { missing, extra } = result
    agreed += result.agreed
    messages += result.agreed + Math.max(missing.length, extra.length)
    if (result.reordered) reordered++
    if (missing.length + extra.length === 0) continue
    const skip = here.find(({ frames }) => frames.includes(frame))
    disagreements.push({ frame, missing, extra, skip })
  }
  return { capture: name, messages, agreed, reordered, beyond, disagreements }
}

/** Things read from which on a capture is worth a tshark in any case. */
const many = 300

/** tsharks side by side: while one starts, another reads. */
const lanes = 2

export interface Choice {
  /** Part of the path of a capture. */
  readonly only?: string
  /** Where the index lists many files in one row: every how many of them. */
  readonly every?: number
  /** Of the captures of one folder that hold the protocol: every how many of them. */
  readonly ofFolder?: number
  /** One tshark for all captures that have no conversation in common, instead of one for each. */
  readonly together?: boolean
}

const chosen = ({ only = '', every = 1 }: Choice): readonly Capture[] => {
  const captures = readIndex().filter(({ name }) => name.includes(only))
  const rows = Map.groupBy(captures, ({ row }) => row)
  return [...rows.values()].flatMap((those) => those.filter((_, index) => index % every === 0))
}

/** Captures in which neither side reads anything are left out. */
export const compareProtocol = async (subject: Subject, choice: Choice = {}): Promise<readonly CaptureResult[]> => {
  const captures = chosen(choice)
  const known = skips[subject.oracle.protocol] ?? []
  const { ofFolder = 1, together = false } = choice
  const inFolder = new Map<string, number>()
  const isWanted = ({ file }: Capture, read: number): boolean => {
    if (read >= many) return true
    const before = inFolder.get(dirname(file)) ?? 0
    inFolder.set(dirname(file), before + 1)
    return before % ofFolder === 0
  }
  const readings = captures.flatMap((capture) => readCapture(capture, subject, isWanted) ?? [])
  const files = readings.map(({ capture }) => capture.file)
  const groups = together ? grouped(files) : files.map(alone)
  const answers = new Map<string, Answer>()
  let next = 0
  const lane = async (): Promise<void> => {
    for (let group; (group = groups[next++]) !== undefined;)
      for (const [file, answer] of await askTogether(group, subject.oracle)) answers.set(file, answer)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  const results = readings.map((reading) => {
    const answer = answers.get(reading.capture.file)
    if (answer === undefined) throw new Error(`tshark was not asked about ${reading.capture.name}`)
    return compareReadings(reading, answer, subject, known)
  })
  return results.filter(({ messages }) => messages > 0)
}

/** Named disagreements that none of the results shows: they have been repaired, and their names must go. */
export const unusedSkips = (protocol: string, results: readonly CaptureResult[]): readonly Skip[] => {
  const used = new Set(results.flatMap(({ disagreements }) => disagreements.map(({ skip }) => skip)))
  return (skips[protocol] ?? []).filter((skip) => !used.has(skip))
}

/** Share of what both sides read that they agree on, in percent; what is named in the skips counts as disagreement. */
export const agreement = (results: readonly CaptureResult[]): number => {
  const messages = results.reduce((sum, result) => sum + result.messages, 0)
  const agreed = results.reduce((sum, result) => sum + result.agreed, 0)
  return messages === 0 ? 100 : (100 * agreed) / messages
}

/** What both sides must agree on at least, in percent. */
export const required = 99.9
