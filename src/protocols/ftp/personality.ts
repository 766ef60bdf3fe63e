/** A device's FTP server (RFC 959, 2389), up to the login that it refuses. */
import {
  attemptLimit,
  definePersonality,
  printable,
  silence,
  type Answer,
  type Attempt,
  type TalkContext,
} from '#core/personality.ts'
import { filled } from '../placeholders.ts'
import { inUnits } from '../units.ts'
import { lines } from './lines.ts'
import type { FtpProfile } from './profile.ts'

/** Logins refused before the connection is closed, as most servers of the field do. */
const tries = 3
const lineLimit = 512
/** ms before a login is refused. */
const refusalDelay = 1000

/** Commands that are understood and need a login. */
const known = new Set(
  'CWD CDUP PWD XPWD LIST NLST RETR STOR STOU APPE DELE RMD MKD XMKD XRMD RNFR RNTO PASV PORT EPSV EPRT TYPE MODE STRU REST SIZE MDTM STAT ALLO SITE ABOR ACCT REIN SMNT'.split(
    ' ',
  ),
)

/** Answered before a login. */
const always = new Set('USER PASS QUIT SYST FEAT NOOP HELP OPTS AUTH PBSZ PROT'.split(' '))

/** What is answered to one line. */
interface Reply {
  readonly text: string
  readonly close?: true
  readonly attempt?: Attempt
}

const reply = (text: string): Reply => ({ text })

export const ftp = definePersonality<FtpProfile>({
  service: 'ftp',
  transports: ['tcp'],
  open: ({ identity, persona }: TalkContext, profile) => {
    const read = lines(lineLimit)
    const say = (text: string): string => filled(text, identity, persona)
    let user: string | undefined
    let refused = 0
    const login = (password: string): Reply => {
      if (user === undefined) return reply('503 Login with USER first.')
      const attempt: Attempt = { user, secret: { kind: 'password', text: password.slice(0, attemptLimit) } }
      user = undefined
      refused++
      if (refused < tries) return { text: '530 Login incorrect.', attempt }
      return {
        text: '530 Login incorrect.\r\n421 Too many login failures, closing control connection.',
        attempt,
        close: true,
      }
    }
    const answered = (line: string): Reply => {
      const [word = '', ...words] = line.split(' ')
      const argument = words.join(' ')
      const command = word.toUpperCase()
      if (command === 'USER') {
        if (argument === '') return reply('501 Syntax error in parameters or arguments.')
        user = argument.slice(0, attemptLimit)
        return reply('331 Password required.')
      }
      if (command === 'PASS') return login(argument)
      if (command === 'QUIT') return { text: '221 Goodbye.', close: true }
      if (command === 'SYST') return reply(say(`215 ${profile.system}`))
      if (command === 'FEAT') return reply('211-Features:\r\n SIZE\r\n MDTM\r\n REST STREAM\r\n211 End')
      if (command === 'NOOP') return reply('200 Command okay.')
      if (command === 'HELP') return reply('214 USER PASS QUIT SYST FEAT NOOP PWD CWD LIST RETR STOR PASV PORT TYPE')
      if (command === 'OPTS') return reply('501 Option not understood.')
      if (command === 'AUTH') return reply('504 Security mechanism not implemented.')
      if (command === 'PBSZ' || command === 'PROT') return reply('503 Bad sequence of commands.')
      return known.has(command) ? reply('530 Please login with USER and PASS.') : reply('500 Unknown command.')
    }
    const note = (line: string): string => {
      const word = /^[A-Za-z]{1,8}/.exec(line)?.[0]?.toUpperCase()
      // What is no command may be a password at the wrong place.
      if (word === undefined || (!known.has(word) && !always.has(word))) return 'no command'
      return word === 'PASS' || word === 'ACCT' ? word : printable(`${word}${line.slice(word.length)}`)
    }
    const taken = (piece: Uint8Array): Answer => {
      const line = read.lineOf(piece)
      if (line === undefined) return silence
      const { text, attempt, close } = answered(line)
      return {
        send: [Buffer.from(`${text}\r\n`, 'latin1')],
        exchanges: 1,
        notes: [note(line)],
        ...(attempt !== undefined && { attempts: [attempt], delay: refusalDelay }),
        ...(close === true && { close }),
      }
    }
    return {
      greeting: [Buffer.from(say(`220 ${profile.greeting}\r\n`), 'latin1')],
      take: inUnits({ longest: lineLimit, frame: read.frame, answer: taken }),
    }
  },
})
