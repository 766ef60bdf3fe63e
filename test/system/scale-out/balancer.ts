/** HAProxy before two managers, with the configuration that docs/scale-out.md has: names and ports are those of the test. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../bus/nats-server.ts'
import { clientOf } from '../manager/start.ts'
import type { ManagerHere } from './managers.ts'
import { until } from '../until.ts'

interface Door {
  readonly host: string
  readonly port: number
}
export interface Balancer {
  readonly api: Door
  readonly link: Door
  end(): Promise<void>
}

const documented = (): string => {
  const text = /```haproxy\n([\s\S]+?)```/.exec(readFileSync('docs/scale-out.md', 'utf8'))?.[1]
  assert.ok(text !== undefined, 'docs/scale-out.md has no configuration of HAProxy')
  return text
}

export const balancer = async (a: ManagerHere, b: ManagerHere): Promise<Balancer> => {
  const [api, link] = [await freePort(), await freePort()]
  const config = [
    ['bind :8443', `bind 127.0.0.1:${api}`],
    ['bind :8444', `bind 127.0.0.1:${link}`],
    ...Object.entries({ a, b }).flatMap(
      ([
        name,
        {
          host,
          port,
          link: { port: dialled },
        },
      ]) => [
        [`server ${name} ${name}.plant.example:8443`, `server ${name} ${host}:${port}`],
        [`${name}.plant.example:8444 check port 8443`, `${host}:${dialled} check port ${port}`],
      ],
    ),
  ].reduce((text, [from, to]) => {
    assert.ok(text.includes(from!), from)
    return text.replace(from!, to!)
  }, documented())
  const file = join(mkdtempSync(join(tmpdir(), 'haproxy-')), 'haproxy.cfg')
  writeFileSync(file, config)
  const child = spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (part: Buffer) => (said += part.toString()))
  const ca = readFileSync(join(a.state, 'ca.crt'), 'utf8')
  const client = clientOf({ host: '127.0.0.1', port: api, ca })
  await until('HAProxy serves', async () => {
    assert.equal(child.exitCode, null, said)
    return client.send({ path: '/v1/health' }).then(
      ({ status }) => status === 200,
      () => false,
    )
  })
  return {
    api: { host: '127.0.0.1', port: api },
    link: { host: '127.0.0.1', port: link },
    end: async () => {
      child.kill('SIGTERM')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}
