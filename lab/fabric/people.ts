/** The people of the lab's manager: who sets it up, writes the policies of both sites, and agrees to them. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import * as z from 'zod'
import { Fault } from '#core/errors.ts'
import { MadeEnrolment } from '#schema/manager-fleet.ts'
import { Draft, WholeDraft } from '#schema/manager-policies.ts'
import { Rollout } from '#schema/manager-rollouts.ts'
import { bottling, dairy, siteOf, type LabSite } from '../plant/hosts.ts'

export interface Door {
  /** Directory of the manager, for its authority. */
  readonly state: string
  readonly port: number
  /** What it prints at its first start. */
  readonly code: string
}

interface Ask<T> {
  readonly path: string
  readonly body: object
  readonly answer: z.ZodType<T>
}

/** Asks as one person does, in a session of theirs. */
class Person {
  readonly #door: Door
  #cookie = ''

  constructor(door: Door) {
    this.#door = door
  }

  /** @throws Fault with what the manager answered */
  async ask<T>({ path, body, answer }: Ask<T>): Promise<T> {
    const { state, port } = this.#door
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const call = request(
      {
        host: '127.0.0.1',
        port,
        servername: 'localhost',
        ca: readFileSync(join(state, 'ca.crt')),
        method: 'POST',
        path,
        agent: false,
        headers: { 'content-type': 'application/json', ...(this.#cookie === '' ? {} : { cookie: this.#cookie }) },
      },
      (response) => {
        const cookie = response.headers['set-cookie']?.[0]?.split(';')[0]
        const read = async (): Promise<T> => {
          const said = await text(response)
          if ((response.statusCode ?? 500) >= 400)
            throw new Fault('manager-unreachable', `The manager of the plant refused ${path}: ${said}`)
          if (cookie !== undefined) this.#cookie = cookie
          return answer.parse(JSON.parse(said))
        }
        resolve(read())
      },
    )
    call.on('error', reject)
    call.end(JSON.stringify(body))
    return promise
  }

  async logIn(name: string, password: string): Promise<this> {
    await this.ask({ path: '/v1/login', body: { name, password }, answer: z.unknown() })
    return this
  }
}

const newPassword = (): string => randomBytes(18).toString('base64url')

/** Whoever publishes has written; whoever agrees has not. */
const publish = async (author: Person, approver: Person, lab: LabSite): Promise<void> => {
  const { site } = siteOf(lab)
  const document = readFileSync(lab.policyFile, 'utf8')
  const draft = await author.ask({
    path: '/v1/drafts',
    body: { site, title: 'as it was put into the wire', text: document },
    answer: WholeDraft,
  })
  const { id, revision } = draft
  await approver.ask({ path: `/v1/drafts/${id}/approve`, body: { revision }, answer: Draft })
  const plan = { soak: 0, grace: 60 }
  await author.ask({ path: `/v1/drafts/${id}/publish`, body: { revision, plan }, answer: Rollout })
}

/**
 * From a manager that nobody has used to two sites with a published policy each.
 * @returns the token that enrols each edge, by its name
 */
export const setUp = async (door: Door): Promise<Readonly<Record<string, string>>> => {
  const passwords = { admin: newPassword(), author: newPassword(), approver: newPassword() }
  const admin = new Person(door)
  const first = { code: door.code, name: 'admin', password: passwords.admin }
  await admin.ask({ path: '/v1/setup', body: first, answer: z.unknown() })
  await admin.logIn('admin', passwords.admin)
  for (const [name, role] of [
    ['author', 'engineer'],
    ['approver', 'approver'],
  ] as const)
    await admin.ask({ path: '/v1/users', body: { name, role, password: passwords[name] }, answer: z.unknown() })
  const author = await new Person(door).logIn('author', passwords.author)
  const approver = await new Person(door).logIn('approver', passwords.approver)
  const tokens: Record<string, string> = {}
  for (const lab of [bottling, dairy]) {
    const { site } = siteOf(lab)
    const made = await admin.ask({ path: '/v1/edges', body: { site, name: lab.edge }, answer: MadeEnrolment })
    tokens[lab.edge] = made.token
    await publish(author, approver, lab)
  }
  return tokens
}
