import { mount } from '../shared/mount.js';
import './start.css';
import { StartPage } from './start-page.js';

mount(<StartPage />);
