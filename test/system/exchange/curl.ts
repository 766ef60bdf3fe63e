/** curl as a client that knows nothing of us: name and token as Basic, as firewalls and TAXII clients send them. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { MadeToken } from '#schema/manager-api.ts'
import { password, type Started } from '../manager/start.ts'

const run = promisify(execFile)
export interface Fetched {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}
export type Curl = (path: string, ...more: readonly string[]) => Promise<Fetched>

/** With a token of the person of a cookie that may read what others may fetch. */
export const curlAt = async (one: Started, cookie: string): Promise<Curl> => {
  const body = { current: password, name: 'firewall', scopes: ['exchange:read', 'system:read'] }
  const { secret } = MadeToken.parse((await one.send({ method: 'POST', path: '/v1/me/tokens', cookie, body })).body)
  const trusted = join(one.state, 'trusted.crt')
  writeFileSync(trusted, one.manager.ca ?? '')
  return async (path, ...more) => {
    const url = `https://localhost:${one.manager.port}${path}`
    const usual = ['-sg', '-i', '--max-time', '10', '--cacert', trusted, '-u', `any:${secret}`]
    const { stdout } = await run('curl', [...usual, ...more, url])
    const [head = '', ...rest] = stdout.split('\r\n\r\n')
    const [first = '', ...lines] = head.split('\r\n')
    const headers = lines.map(
      (line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)] as const,
    )
    return { status: Number(first.split(' ')[1]), headers: new Map(headers), body: rest.join('\r\n\r\n') }
  }
}
