import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { listenUnixDatagrams } from '#linux/unix-datagram.ts'
import { createNotifier, heartbeatMs } from './notify.ts'

const withListener = async (run: (path: string, take: () => string[]) => void | Promise<void>, name?: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'notify-'))
  const path = name ?? join(folder, 'notify')
  const listener = listenUnixDatagrams(path)
  const take = (): string[] => {
    const out: string[] = []
    for (;;) {
      const datagram = listener.receive()
      if (datagram === undefined) return out
      out.push(Buffer.from(datagram).toString())
    }
  }
  try {
    await run(path, take)
  } finally {
    listener.close()
    rmSync(folder, { recursive: true })
  }
}

const pid = 4711
const said: readonly { name: string; act: (notifier: ReturnType<typeof createNotifier>) => void; expect: string[] }[] =
  [
    { name: 'ready', act: (notifier) => notifier.ready(), expect: ['READY=1'] },
    {
      name: 'a status of one line',
      act: (notifier) => notifier.status('enforcing, 12 conduits'),
      expect: ['STATUS=enforcing, 12 conduits'],
    },
    {
      name: 'a status whose line feed cannot add an assignment',
      act: (notifier) => notifier.status('x\nREADY=1'),
      expect: ['STATUS=x READY=1'],
    },
    { name: 'stopping', act: (notifier) => notifier.stopping(), expect: ['STOPPING=1'] },
  ]

describe('the service manager is told', () => {
  for (const { name, act, expect } of said)
    it(name, () =>
      withListener((path, take) => {
        act(createNotifier({ NOTIFY_SOCKET: path }, pid))
        assert.deepEqual(take(), expect)
      }),
    )

  it('through an abstract socket too', () => {
    const name = `@bulkhead-test-${process.pid}`
    return withListener((path, take) => {
      createNotifier({ NOTIFY_SOCKET: path }, pid).ready()
      assert.deepEqual(take(), ['READY=1'])
    }, name)
  })

  it('a heartbeat at least twice per watchdog interval, until it is closed', () =>
    withListener(async (path, take) => {
      const notifier = createNotifier({ NOTIFY_SOCKET: path, WATCHDOG_USEC: '40000', WATCHDOG_PID: String(pid) }, pid)
      notifier.watch()
      const beats: string[] = []
      for (let tries = 0; beats.length < 4 && tries < 200; tries++) {
        await sleep(20)
        beats.push(...take())
      }
      notifier.close()
      assert.ok(beats.length >= 4, `${beats.length} heartbeats`)
      assert.deepEqual(new Set(beats), new Set(['WATCHDOG=1']))
      await sleep(60)
      assert.deepEqual(take(), [])
    }))

  it('nothing without systemd, nor when its socket is gone', () => {
    createNotifier({}, pid).ready()
    createNotifier({ NOTIFY_SOCKET: '/nonexistent/notify' }, pid).ready()
    createNotifier({ NOTIFY_SOCKET: `/${'x'.repeat(200)}` }, pid).ready()
  })

  it('in the datagrams that an independent listener reads', async (test) => {
    if (spawnSync('python3', ['--version']).status !== 0) return test.skip('there is no python3')
    const folder = mkdtempSync(join(tmpdir(), 'notify-'))
    const path = join(folder, 'notify')
    const script = `import socket,sys
s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM);s.bind(sys.argv[1]);s.settimeout(60)
print(s.recv(4096).decode())`
    const python = spawn('python3', ['-c', script, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      let heard = ''
      python.stdout.on('data', (part: Buffer) => (heard += part.toString()))
      const closed = once(python, 'close')
      for (let tries = 0; !existsSync(path) && tries < 3000; tries++) await sleep(10)
      createNotifier({ NOTIFY_SOCKET: path }, pid).ready()
      await closed
      assert.equal(heard.trim(), 'READY=1')
    } finally {
      python.kill()
      rmSync(folder, { recursive: true })
    }
  })
})

const intervals: readonly { name: string; environment: Record<string, string>; expect: number | undefined }[] = [
  { name: 'half of what is allowed', environment: { WATCHDOG_USEC: '10000000' }, expect: 5000 },
  { name: 'for this process', environment: { WATCHDOG_USEC: '3000000', WATCHDOG_PID: '4711' }, expect: 1500 },
  {
    name: 'none for another process',
    environment: { WATCHDOG_USEC: '3000000', WATCHDOG_PID: '4712' },
    expect: undefined,
  },
  { name: 'none without a watchdog', environment: {}, expect: undefined },
  { name: 'none for a broken value', environment: { WATCHDOG_USEC: 'soon' }, expect: undefined },
]
describe('the heartbeat interval is', () => {
  for (const { name, environment, expect } of intervals)
    it(name, () => assert.equal(heartbeatMs(environment, pid), expect))
})
