"""What pages call the legal shapes of alliances."""

from carepool.alliances.models import Shape
from carepool.sentences import marked

SHAPES = {
    Shape.MEMBERSHIP: marked("Membership: independent owners"),
    Shape.MANAGEMENT: marked("Management: the hub runs the programs"),
    Shape.MERGED: marked("Merged: one owner of all programs"),
    Shape.HOME_NETWORK: marked("Family child care network"),
}
EXPLAINED = {
    Shape.MEMBERSHIP: marked("Members stay on their own and share what they agreed on."),
    Shape.MANAGEMENT: marked("The hub hires, bills and insures for the owners."),
    Shape.MERGED: marked("One corporation, of which each program is a site."),
    Shape.HOME_NETWORK: marked("Homes that are served by paid staff of the network."),
}
