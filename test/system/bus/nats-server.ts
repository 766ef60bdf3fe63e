/** A nats-server of the test's own, on loopback, that can be killed and started again at the same place. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1')
    probe.once('connect', () => (probe.destroy(), resolve(true)))
    probe.once('error', () => resolve(false))
  })

/** @param more lines of its configuration */
export const natsServer = async (more: string) => {
  const port = await freePort()
  const file = join(mkdtempSync(join(tmpdir(), 'nats-')), 'server.conf')
  writeFileSync(file, `listen: 127.0.0.1:${port}\n${more}\n`)
  let child: ChildProcess | undefined
  const begin = async (): Promise<void> => {
    child = spawn('nats-server', ['-c', file], { stdio: 'ignore' })
    for (const end = Date.now() + 30_000; !(await answers(port)); await sleep(20))
      if (Date.now() > end) throw new Error('nats-server does not start')
  }
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  await begin()
  return { port, begin, kill }
}
