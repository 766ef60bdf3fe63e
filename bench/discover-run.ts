/** Reads one capture as `bulkhead discover` does, in a process of its own, and prints what it took. */
import { parseArgs } from 'node:util'
import { Observer } from '#discover/observe/observer.ts'
import { readCapture } from '#discover/sources/file.ts'

const { values, positionals } = parseArgs({
  options: { headers: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const [file = ''] = positionals
const before = process.cpuUsage()
const began = performance.now()
const observer = new Observer(file, { decodes: !values.headers })
const { skips, digest, bytes } = await readCapture(
  file,
  (record) => observer.record(record),
  () => {},
)
const { capture, conversations, commands } = observer.end(skips, { digest, bytes })
const wallMs = performance.now() - began
const { user, system } = process.cpuUsage(before)
let messages = 0
for (const rows of commands.values()) for (const { count } of rows.values()) messages += count
process.stdout.write(
  `${JSON.stringify({
    packets: capture.packets,
    conversations: conversations.size,
    messages,
    wallMs,
    cpuMs: (user + system) / 1000,
    /** Kilobytes, as the kernel counts. */
    peakMb: process.resourceUsage().maxRSS / 1024,
  })}\n`,
)
