import { mount } from '../shared/mount.js';
import './room.css';
import { RoomPage } from './room-page.js';

const roomId = decodeURIComponent(location.pathname.split('/')[2] ?? '');

mount(<RoomPage roomId={roomId} />);
