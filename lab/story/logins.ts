import { writeFileSync } from 'node:fs'
import { operatorPassword, passwordsFile } from '../plant/operators.ts'
import { replug, visitors } from './attackers.ts'
import { containment, standing } from './decoys.ts'
import type { Chapter, Stage } from './stage.ts'

/** What a list from the internet begins with. */
const guesses = ['123456', 'password', 'letmein', 'operator', 'panel', 'machine', 'summer2026', 'bottle', 'line1', 'go']

const login = (stage: Stage, ip: string, found: string) =>
  stage.edge.event(
    ({ kind, source, details }) => kind === 'decoy-login' && source?.ip === ip && details?.['class'] === found,
  )

export const logins: Chapter = {
  id: 'logins',
  title: 'A password is guessed, and another one was stolen',
  run: async (stage) => {
    const { plant, ledger } = stage
    const [panel, other] = await standing(stage, 'hmi-panel')
    const { guesser, thief } = visitors
    await stage.say(
      'A panel with a login stands among the stations. It lets nobody in. Somebody tries one password after the other.',
    )
    writeFileSync(passwordsFile, `${guesses.join('\n')}\n`)
    await replug(plant, 'laptop', guesser)
    const words = ['hydra', '-I', '-t', '1', '-w', '3', '-l', 'line-3', '-P', passwordsFile]
    // Contained, it would wait for answers for minutes.
    const told = new AbortController()
    const [brute] = await Promise.all([
      login(stage, guesser.ip, 'brute-force').finally(() => told.abort()),
      stage.run('laptop', [...words, `ftp://${panel?.address ?? ''}`], told.signal),
    ])
    stage.check(brute !== undefined, brute?.text ?? 'nobody said that passwords are being guessed')
    stage.check((await containment(stage, guesser.ip)) !== undefined, `${guesser.ip} is contained`)
    await stage.say('Another one does not guess. He has the password that an operator uses today.')
    await replug(plant, 'laptop', thief)
    const { user, password } = operatorPassword
    const [stolen, { code }] = await Promise.all([
      login(stage, thief.ip, 'compromised-credential'),
      stage.run('laptop', ['curl', '-sS', '-m', '20', '-u', `${user}:${password}`, `ftp://${other?.address ?? ''}/`]),
    ])
    stage.check(code !== 0, 'the panel refuses him all the same')
    stage.check(stolen !== undefined && stolen.class === 'P1', stolen?.text ?? 'nobody said that a password is stolen')
    const said = JSON.stringify(stage.edge.events)
    stage.check(
      !said.includes(password) && !guesses.some((guess) => guess.length > 8 && said.includes(guess)),
      'no event holds a password',
    )
    ledger.decoys = {
      ...ledger.decoys,
      bruteForce: brute === undefined ? 0 : 1,
      compromised: stolen === undefined ? 0 : 1,
    }
    await stage.pause(1)
  },
}
