/** Reading captures: packets a second on one processor and memory, with tshark on the same file in the same run. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { writeCapture } from './discover-capture.ts'
import { median, row, type Benchmark, type Row } from './row.ts'

const rounds = 3
/** Of each capture. */
const packets = 1_000_000
/** For the benchmark of memory: nearly 500 MB. */
const manyPackets = 2_800_000

const Run = z.object({ packets: z.number(), cpuMs: z.number(), wallMs: z.number(), peakMb: z.number() })
type Run = z.infer<typeof Run>

const run = (command: string, words: readonly string[], watch: (pid: number) => void = () => {}): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'] })
    const timer = setInterval(() => watch(child.pid ?? 0), 20)
    let [said, complained] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complained += text))
    child.once('error', reject)
    child.once('close', (code) => {
      clearInterval(timer)
      if (code === 0) resolve(said)
      else reject(new Error(`${command} ended with ${code}: ${complained.trim()}`))
    })
  })

const script = fileURLToPath(new URL('discover-run.ts', import.meta.url))
const discover = async (file: string, more: readonly string[] = []): Promise<Run> =>
  Run.parse(JSON.parse(await run(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...more, file])))

/** Megabytes of memory, highest so far. */
const peakOf = (pid: number): number => {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

/** ms of processor time so far: fields 14 and 15 of proc_pid_stat(5), in hundredths of a second. */
const cpuOf = (pid: number): number => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return 0
  }
}

const tshark = async (file: string): Promise<{ readonly cpuMs: number; readonly peakMb: number }> => {
  let [peakMb, cpuMs] = [0, 0]
  await run('tshark', ['-n', '-q', '-r', file, '-z', 'conv,ip'], (pid) => {
    peakMb = Math.max(peakMb, peakOf(pid))
    cpuMs = Math.max(cpuMs, cpuOf(pid))
  })
  return { cpuMs, peakMb }
}

const rate = ({ packets: count, cpuMs }: Run): number => (count / cpuMs) * 1000

const speed = async (name: string, file: string, least: number, more: readonly string[] = []): Promise<Row> => {
  await discover(file, more) // the file is in memory now
  const runs: Run[] = []
  for (let round = 0; round < rounds; round++) runs.push(await discover(file, more))
  const peer = await tshark(file)
  const value = median(runs.map(rate))
  return row({
    name,
    value,
    unit: 'packets/s of CPU',
    against: { name: 'tshark', value: (packets / peer.cpuMs) * 1000 },
    limit: `at least ${least.toLocaleString('en')} packets/s`,
    ok: value >= least,
    details: {
      best: Math.max(...runs.map(rate)),
      wallRate: median(runs.map((one) => (one.packets / one.wallMs) * 1000)),
    },
  })
}

const memory = async (folder: string): Promise<Row> => {
  const file = join(folder, 'long.pcap')
  writeCapture(file, { packets: manyPackets, controls: 2, forged: 10 })
  const { peakMb } = await discover(file)
  const peer = await tshark(file)
  return row({
    name: 'discover-memory',
    value: peakMb,
    unit: 'MB at most',
    against: { name: 'tshark', value: peer.peakMb },
    limit: 'less than 500 MB',
    ok: peakMb < 500,
    details: { fileMb: statSync(file).size / 1e6 },
  })
}

export const benchmark: Benchmark = {
  names: ['discover-headers', 'discover-decode', 'discover-memory'],
  run: async (names) => {
    const folder = mkdtempSync(join(tmpdir(), 'bulkhead-bench-'))
    try {
      const rows: Row[] = []
      if (names.includes('discover-headers')) {
        const file = join(folder, 'mixed.pcap')
        writeCapture(file, { packets, controls: 2 })
        rows.push(await speed('discover-headers', file, 1_000_000, ['--headers']))
      }
      if (names.includes('discover-decode')) {
        const file = join(folder, 'polls.pcap')
        writeCapture(file, { packets, controls: 10 })
        rows.push(await speed('discover-decode', file, 300_000))
      }
      if (names.includes('discover-memory')) rows.push(await memory(folder))
      return rows
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
