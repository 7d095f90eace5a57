import { mount } from '../shared/mount.js';

mount(<main id="content" className="page" />);
