import { mount } from '../shared/mount.js';
import './app.css';
import { AppPage } from './app-page.js';

mount(<AppPage />);
