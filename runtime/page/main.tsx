/** The page in a browser. */
import { render } from 'preact'
import { App } from './app.tsx'
import { listen, showToken } from './server.ts'

await showToken()
listen()
const place = document.createElement('div')
place.id = 'app'
document.body.append(place)
render(<App />, place)
