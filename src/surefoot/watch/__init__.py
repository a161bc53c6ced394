"""What the losses of a training say about its rate."""

from surefoot.watch._curve import Curve as Curve
from surefoot.watch._curve import Signals as Signals
from surefoot.watch._diagnose import diagnose as diagnose
from surefoot.watch._factor import Family as Family
from surefoot.watch._factor import family as family
from surefoot.watch._hopeless import Hopeless as Hopeless
from surefoot.watch._judge import Context as Context
from surefoot.watch._judge import judge as judge
from surefoot.watch._monitor import Monitor as Monitor
from surefoot.watch._probe import probe as probe

__all__ = ["Context", "Curve", "Family", "Hopeless", "Monitor", "Signals", "diagnose", "family", "judge", "probe"]
