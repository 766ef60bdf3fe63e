import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type LookUp, names } from './names.ts'

const found = { address: '198.51.100.7', family: 4 }
/** A name server that answers when it is told to. */
const server = () => {
  const asked: string[] = []
  const answers: (() => void)[] = []
  const look: LookUp = (host) => {
    asked.push(host)
    return new Promise((resolve) => void answers.push(() => resolve(found)))
  }
  return { asked, look, answer: () => answers.shift()?.() }
}

describe('a name', () => {
  it('that nobody answers for is not waited for any longer', async () => {
    const { look } = server()
    await assert.rejects(names(look, 5)('siem.example'), /looking up siem\.example takes longer than 0\.005 s/)
  })
  it('is looked up once at a time, however many ask', async () => {
    const { look, asked, answer } = server()
    const of = names(look)
    const both = [of('siem.example'), of('siem.example')]
    answer()
    assert.deepEqual(await Promise.all(both), [found, found])
    void of('siem.example')
    assert.equal(asked.length, 2)
  })
  it('waits for others of ours: the rest of the process looks up names, too', async () => {
    const { look, asked, answer } = server()
    const of = names(look)
    const both = ['a.example', 'b.example'].map(of)
    assert.deepEqual(asked, ['a.example'])
    answer()
    await both[0]
    assert.deepEqual(asked, ['a.example', 'b.example'])
    answer()
    await both[1]
  })
  const again = Object.assign(new Error('getaddrinfo EAI_AGAIN'), { code: 'EAI_AGAIN' })
  for (const [how, silence] of [
    ['and the machine still waits', () => new Promise<never>(() => undefined)],
    ['and the machine says so', () => Promise.reject(again)],
  ] as const)
    it(`keeps its address while no name server answers, ${how}`, async () => {
      let isUp = true
      const of = names(async () => (isUp ? found : silence()), 5)
      await of('siem.example')
      isUp = false
      assert.deepEqual(await of('siem.example'), found)
    })
  it('that is gone is gone', async () => {
    let isThere = true
    const of = names(async () => {
      if (isThere) return found
      throw new Error('getaddrinfo ENOTFOUND')
    })
    await of('siem.example')
    isThere = false
    await assert.rejects(of('siem.example'), /ENOTFOUND/)
  })
})
