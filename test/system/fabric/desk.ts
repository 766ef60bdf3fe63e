/** Who brings policies to a site of a manager that comes and goes: one writes and publishes, others approve; all of it is remembered. */
import assert from 'node:assert/strict'
import type { Ask } from '#manager/client.ts'
import { Draft, PolicySite, WholeDraft } from '#schema/manager-policies.ts'
import { Revisions, type RevisionView } from '#schema/manager-revisions.ts'
import { Rollout } from '#schema/manager-rollouts.ts'
import { policyText } from '../orders/cell.ts'
import { unlessAway } from './away.ts'
import type { Centre } from './centre.ts'
import type { Chance } from './chance.ts'

/** What is under way; each step is one request. */
type Work =
  | { readonly step: 'write' }
  | { readonly step: 'approve'; readonly draft: string; readonly title: string; readonly given: number }
  | { readonly step: 'publish'; readonly draft: string; readonly title: string }
  /** It was asked for, and nobody answered. */
  | { readonly step: 'look'; readonly draft: string; readonly title: string }
  | { readonly step: 'follow'; readonly rollout: string; readonly stop: boolean }
  | { readonly step: 'go back' }

/** Told as published, or as brought back. */
export interface Told {
  readonly revision: number
  readonly title: string
  readonly back: boolean
}

const firstPort = 2000
/** Denied packets are what the test makes; they are no harm. */
const floor = 1_000_000_000

export class Desk {
  readonly site: string
  readonly #centre: Centre
  readonly #chance: Chance
  /** Their cookies; as many as the site asks for. */
  readonly #approvers: readonly string[]
  /** How often it goes another way than to the end, from 0 to 1: each costs half a minute. */
  readonly #doubt: number
  #count = 0
  #work: Work = { step: 'write' }
  readonly told: Told[] = []
  /** Nobody changes their mind any more. */
  isCalm = false

  constructor(centre: Centre, chance: Chance, site: string, approvers: readonly string[], doubt: number) {
    this.#doubt = doubt
    this.#centre = centre
    this.#chance = chance
    this.site = site
    this.#approvers = approvers
  }

  /** The policy of a title: one conduit of it is in no other. */
  port(title: string): number {
    return firstPort + Number(title.split(' ').at(-1))
  }
  #text(title: string): string {
    const port = this.port(title)
    const conduits = `  - { id: record, from: historian, to: plc, service: tcp/${port}, reason: history, owner: line }`
    return policyText({ conduits }).replace('site: riverside', `site: ${this.site}`)
  }

  #asks<T>(work: Promise<T>): Promise<T | undefined> {
    return unlessAway(this.#centre, work)
  }
  async #isRefused(what: Ask<unknown>, why: RegExp): Promise<void> {
    let isDone = false
    try {
      isDone = (await this.#asks(this.#centre.ask(what))) !== undefined
    } catch (error) {
      assert.match(String(error), why)
    }
    assert.ok(!isDone, `${what.path} was not refused`)
  }

  where(): Promise<PolicySite> {
    return this.#centre.ask({ path: `/v1/policies/${this.site}`, answer: PolicySite })
  }
  /** All that was published, the newest first. */
  async history(): Promise<RevisionView[]> {
    const found: RevisionView[] = []
    for (let before = ''; ;) {
      const path = `/v1/policies/${this.site}/revisions?limit=200${before}`
      const { revisions } = await this.#centre.ask({ path, answer: Revisions })
      found.push(...revisions)
      const last = revisions.at(-1)
      if (last === undefined || revisions.length < 200) return found
      before = `&before=${last.revision}`
    }
  }

  #doubts(share: number): boolean {
    return !this.isCalm && this.#chance.next() < share * this.#doubt
  }
  get plan() {
    // Mostly long enough for an edge to be back, sometimes not: then it gives up by itself.
    return { soak: this.#chance.within(0, 1), grace: this.#doubts(0.15) ? 10 : 40, floor }
  }

  async #write(): Promise<Work> {
    const site = await this.#asks(this.where())
    // What came about by itself goes first.
    if (site === undefined || site.rollout !== null) return this.#work
    const title = `${this.site} ${this.#count++}`
    const body = { site: this.site, title, text: this.#text(title) }
    const draft = await this.#asks(this.#centre.ask({ method: 'POST', path: '/v1/drafts', body, answer: WholeDraft }))
    return draft === undefined ? this.#work : { step: 'approve', draft: draft.id, title, given: 0 }
  }

  async #approve(work: Extract<Work, { step: 'approve' }>): Promise<Work> {
    const { draft, title, given } = work
    const body = { revision: 1 }
    const cookie = this.#approvers[given]
    if (cookie === undefined) return { step: 'publish', draft, title }
    const path = `/v1/drafts/${draft}`
    if (this.#chance.next() < 0.2) {
      const own: Ask<unknown> = { method: 'POST', path: `${path}/approve`, body, answer: Draft }
      const early: Ask<unknown> = { method: 'POST', path: `${path}/publish`, body, answer: Rollout }
      await this.#isRefused(own, /Nobody approves what they wrote/)
      await this.#isRefused(early, /The draft cannot be published/)
    }
    const done = await this.#asks(
      this.#centre.askAs(cookie, { method: 'POST', path: `${path}/approve`, body, answer: Draft }),
    )
    return done === undefined ? work : { ...work, given: given + 1 }
  }

  async #publish({ draft, title }: { readonly draft: string; readonly title: string }): Promise<Work> {
    const path = `/v1/drafts/${draft}/publish`
    const body = { revision: 1, plan: this.plan }
    try {
      const rollout = await this.#asks(this.#centre.ask({ method: 'POST', path, body, answer: Rollout }))
      if (rollout === undefined) return { step: 'look', draft, title }
      this.told.push({ revision: rollout.revision, title, back: false })
      return { step: 'follow', rollout: rollout.id, stop: this.#doubts(0.15) }
    } catch (error) {
      // An earlier text came back meanwhile.
      assert.match(String(error), /It follows revision|is being rolled out/)
      return { step: 'write' }
    }
  }

  async #look(work: Extract<Work, { step: 'look' }>): Promise<Work> {
    const { draft: id, title } = work
    const draft = await this.#asks(this.#centre.ask({ path: `/v1/drafts/${id}`, answer: WholeDraft }))
    if (draft === undefined) return work
    if (draft.published === null) return { step: 'publish', draft: id, title }
    this.told.push({ revision: draft.published, title, back: false })
    return { step: 'write' }
  }

  async #follow(work: Extract<Work, { step: 'follow' }>): Promise<Work> {
    const { rollout: id, stop } = work
    const path = `/v1/rollouts/${id}`
    const rollout = await this.#asks(this.#centre.ask({ path, answer: Rollout }))
    if (rollout === undefined) return work
    if (rollout.state !== 'running')
      return rollout.state === 'done' && this.#doubts(0.2) ? { step: 'go back' } : { step: 'write' }
    if (stop && !this.isCalm && this.#chance.next() < 0.3)
      try {
        const body = { reason: 'a bad day' }
        await this.#asks(this.#centre.ask({ method: 'POST', path: `${path}/stop`, body, answer: Rollout }))
      } catch (error) {
        assert.match(String(error), /The roll-out is (done|stopped)/)
      }
    return work
  }

  async #goBack(): Promise<Work> {
    const site = await this.#asks(this.where())
    if (site === undefined) return this.#work
    const path = `/v1/policies/${this.site}/rollback`
    const body = { newest: site.newest, reason: 'as before', plan: this.plan }
    try {
      const rollout = await this.#asks(this.#centre.ask({ method: 'POST', path, body, answer: Rollout }))
      if (rollout === undefined) return { step: 'write' }
      this.told.push({ revision: rollout.revision, title: '', back: true })
      return { step: 'follow', rollout: rollout.id, stop: false }
    } catch (error) {
      assert.match(String(error), /has no earlier policy/)
      return { step: 'write' }
    }
  }

  /** One step. */
  async next(): Promise<void> {
    const work = this.#work
    switch (work.step) {
      case 'write':
        this.#work = await this.#write()
        return
      case 'approve':
        this.#work = await this.#approve(work)
        return
      case 'publish':
        this.#work = await this.#publish(work)
        return
      case 'look':
        this.#work = await this.#look(work)
        return
      case 'follow':
        this.#work = await this.#follow(work)
        return
      case 'go back':
        this.#work = await this.#goBack()
    }
  }
}
