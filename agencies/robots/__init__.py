"""Group robots (群机器人): a group of an agency in WeCom, DingTalk, Feishu or elsewhere is told.

What an administrator pastes -> an address that is on the allow-list -> sealed in the database ->
opened and checked again for each message. The address is a secret: whoever has it can write into
the group, so it is shown on no page, and stands in no log and no answer.
"""

from agencies.robots.addresses import RobotAddress, hosts_allowed, robot_address_read
from agencies.robots.calling import LONGEST_TEXT, robot_tell
from agencies.robots.keeping import robot_address, robot_remove, robot_save

__all__ = [
    "LONGEST_TEXT",
    "RobotAddress",
    "hosts_allowed",
    "robot_address",
    "robot_address_read",
    "robot_remove",
    "robot_save",
    "robot_tell",
]
