/** A capture of any size takes a bounded memory, whatever is in it. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import { captureChunks } from '../../bench/discover-capture.ts'

const long = process.env['BULKHEAD_TEST'] === 'long'
/** What a reading may take. Beside other tests V8's collector gets less of the processors, and its heap grows before it is done. */
const mostMb = long ? 500 : 650
const main = new URL('../../src/cli/main.ts', import.meta.url).pathname

/** MB, highest so far. */
const peakOf = (pid: number): number => {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

for (const [sentence, forged, packets] of [
  ['polls and what else is on a network', 0, long ? 68_000_000 : 400_000],
  ['a flood of forged addresses among polls', 30, long ? 8_000_000 : 400_000],
] as const)
  test(`${sentence}: less than ${mostMb} MB`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bulkhead-memory-'))
    try {
      const words = ['--disable-warning=ExperimentalWarning', main, 'discover', '-', '-o', folder]
      const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'pipe'] })
      let [peak, said, complained, bytes] = [0, '', '', 0]
      child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
      child.stderr.setEncoding('utf8').on('data', (text: string) => (complained += text))
      const timer = setInterval(() => (peak = Math.max(peak, peakOf(child.pid ?? 0))), 100)
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
      const chunks = function* () {
        for (const chunk of captureChunks({ packets, controls: 4, forged })) {
          bytes += chunk.length
          yield chunk
        }
      }
      await pipeline(Readable.from(chunks()), child.stdin)
      const code = await ended
      clearInterval(timer)
      assert.equal(code, 0, complained)
      assert.ok(complained.includes(`${packets.toLocaleString('en')} packets`), complained)
      assert.ok(/devices? in 1 recording/.test(said), said)
      // 68 million packets are about 10 GB.
      assert.ok(bytes > packets * 100, `${bytes} bytes`)
      assert.ok(peak > 50 && peak < mostMb, `${peak.toFixed(0)} MB at most`)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
