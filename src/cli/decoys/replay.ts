import type { Command } from 'commander'
import type { RecordedSession } from '#schema/decoys-control.ts'
import { examples, outputOf } from '../command.ts'
import { writeOut } from '../failure.ts'
import { count, plural, type Output } from '../output.ts'
import { withTarget } from '../edge/connection.ts'
import { legible } from '#core/legible.ts'
import { captureOf } from './capture.ts'
import { ask } from './connection.ts'

const width = 16

/** 16 bytes a line, in hexadecimal and as the letters they are. */
const dump = (bytes: Uint8Array): string[] =>
  Array.from({ length: Math.ceil(bytes.length / width) }, (_, line) => {
    const part = bytes.subarray(line * width, (line + 1) * width)
    const hex = [...part].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const letters = [...part].map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('')
    return `    ${(line * width).toString(16).padStart(4, '0')}  ${hex.padEnd(width * 3 - 1)}  ${letters}`
  })

const replayText = (output: Output, session: RecordedSession): string => {
  const { id, source, sourcePort, decoy, port, transport, persona, service, from, received, sent, cut } = session
  const said = session.chunks.flatMap(({ d, t, b }) => {
    const bytes = Buffer.from(b, 'base64')
    const head = `${(t / 1000).toFixed(3).padStart(9)} s  ${d === 0 ? 'source' : 'decoy '}  ${plural(bytes.length, 'byte')}`
    return [output.paint(d === 0 ? 'red' : 'cyan', head), ...dump(bytes)]
  })
  const began = Number.isNaN(new Date(from).getTime()) ? 'at no time' : new Date(from).toISOString()
  return [
    `session ${legible(id)}: ${legible(source)}:${sourcePort} with ${legible(decoy)} ${transport}/${port} (${legible(persona)}, ${legible(service)}), ${began}`,
    `${count(received)} bytes from the source, ${count(sent)} from the decoy${cut ? '; the recording was cut at its limit' : ''}${session.class === undefined ? '' : `; login: ${session.class}`}`,
    '',
    ...said,
  ].join('\n')
}

export const registerReplay = (decoys: Command): void => {
  const command = withTarget(decoys.command('replay'))
    .description('show a recorded conversation with a decoy, both directions with their times')
    .argument('<id>', 'id of the session, from bulkhead decoys sessions')
    .option('--pcap <file>', 'write it as packets, for Wireshark, in place of printing it')
    .action(async (id: string, { pcap }: { pcap?: string }, self: Command) => {
      const output = outputOf(self)
      const session = await ask(self, 'decoys-session', { id })
      if (pcap === undefined) return output.result(session, () => replayText(output, session))
      const bytes = captureOf(session)
      writeOut(pcap, bytes, 0o600)
      output.result({ file: pcap, bytes: bytes.length }, () => `${pcap}: ${count(bytes.length)} bytes`)
    })
  examples(
    command,
    ['bulkhead decoys replay 01JD4Z9Q', 'what was said, in hexadecimal and text'],
    ['bulkhead decoys replay 01JD4Z9Q --pcap incident.pcap', 'as packets, to look at with Wireshark'],
  )
}
