import type { Page } from './page.js';

/** The playground; `pages/playground.js` builds it from the two documents. */
export const PLAYGROUND: Page = {
  title: 'Playground',
  styles: ['playground.css'],
  scripts: ['playground.js'],
  body: `<header><h1>Playground</h1>
<p>Pick a generation, sign in, send any call or frame. <a href="/docs">REST</a> · <a href="/asyncapi">Sockets</a></p></header>
<main>
<section aria-labelledby="who"><h2 id="who">Who</h2>
<fieldset id="generations"><legend>Generation</legend>
<label><input type="radio" name="generation" value="Legacy"> Legacy</label>
<label><input type="radio" name="generation" value="v1" checked> v1</label>
<label><input type="radio" name="generation" value="Rooms"> Rooms</label></fieldset>
<form id="sign-in">
<label>E-mail <input name="email" type="email" autocomplete="username" value="me@example.com" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" minlength="8" required></label>
<p><button name="how" value="login">Sign in</button> <button name="how" value="signup">Sign up</button></p></form>
<label>Token <textarea id="token" rows="2" spellcheck="false" placeholder="or paste one"></textarea></label>
<label class="rooms">Room <input id="room" spellcheck="false" placeholder="created below, or paste its id"></label>
<label class="rooms">Host token <input id="host-token" spellcheck="false"></label>
<p id="said" role="status"></p></section>
<section aria-labelledby="call"><h2 id="call">Call</h2>
<form id="caller"><label for="operation">Call</label><select id="operation"></select>
<div id="parameters"></div>
<label id="body-label">Body <textarea id="body" rows="7" spellcheck="false"></textarea></label>
<p><button>Send call</button></p></form>
<output id="answer" for="caller"></output></section>
<section aria-labelledby="socket"><h2 id="socket">Socket</h2>
<form id="connector"><label for="dialect">Dialect</label><select id="dialect">
<option value="">as the socket does natively</option><option>type-payload</option><option>action-event</option></select>
<p><button id="connect">Connect</button> <span id="state" role="status">closed</span></p></form>
<form id="speaker"><label for="frame">Frame</label><select id="frame"></select>
<label>As sent <textarea id="frame-text" rows="7" spellcheck="false"></textarea></label>
<p><button>Send frame</button> <button type="button" id="clear">Clear</button></p></form>
<ol id="frames" aria-label="Frames" aria-live="polite"></ol></section>
</main>`,
};
