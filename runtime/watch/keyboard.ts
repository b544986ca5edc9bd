/** Raw key input from a terminal, and a line editor for keys that ask for a name. */
import type { ReadStream } from 'node:tty'

export interface Keyboard {
  /** Reads a line instead of keys; `show` gets the text typed so far. Resolves to undefined if cancelled with Escape. */
  ask(question: string, show: (line: string | undefined) => void): Promise<string | undefined>
  close(): void
}

const [interrupt, escapeKey, backspace, deleteKey, enter, newline] = ['\u0003', '\u001b', '\b', '\u007f', '\r', '\n']

/** @param onKey one character; Ctrl-C is '\u0003' */
export function readKeys(input: ReadStream, onKey: (key: string) => void): Keyboard {
  let line:
    | { question: string; text: string; show: (line: string | undefined) => void; done: (text: string | undefined) => void }
    | undefined
  const end = (text: string | undefined) => {
    const asked = line
    line = undefined
    asked?.show(undefined)
    asked?.done(text)
  }
  const typed = (key: string) => {
    if (line === undefined || key === interrupt) {
      if (line !== undefined) end(undefined)
      onKey(key)
    } else if (key === enter || key === newline) end(line.text)
    else if (key === escapeKey) end(undefined)
    else {
      line.text = key === backspace || key === deleteKey ? line.text.slice(0, -1) : line.text + (key >= ' ' ? key : '')
      line.show(`${line.question}${line.text}▏`)
    }
  }
  const onData = (data: Buffer) => {
    const text = data.toString('utf8')
    // Ignores escape sequences, such as arrow keys.
    if (text.length > 1 && text.startsWith(escapeKey)) return
    for (const key of text) typed(key)
  }
  input.setRawMode(true)
  input.on('data', onData)
  input.resume()
  return {
    ask: (question, show) =>
      new Promise((done) => {
        line = { question, text: '', show, done }
        show(`${question}▏`)
      }),
    close() {
      end(undefined)
      input.off('data', onData)
      input.setRawMode(false)
      input.pause()
    },
  }
}
